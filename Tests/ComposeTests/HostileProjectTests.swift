import Compose
import Model
import TestSupport
import Testing
import YAML

/// Files that stand for much more than they hold, or that go round in circles. Each must come to
/// a message or a project instead of using up the machine.
@Suite("Hostile projects", .timeLimit(.standard))
struct HostileProjectTests {
  private func errors(_ files: [String: String]) -> [Diagnostic] {
    var absolute: [String: String] = [:]
    for (name, text) in files { absolute["/p/\(name)"] = text }
    let request = LoadRequest(workingDirectory: "/p", environment: ["HOME": "/root"])
    do throws(Diagnostics) {
      _ = try ComposeLoader(reader: .inMemory(absolute)).load(request)
      return []
    } catch {
      return error.messages.filter { $0.severity == .error }
    }
  }

  private func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (0..<count).map { line($0) + "\n" }.joined()
  }

  @Test("thousands of services that extend a large one are refused")
  func extendsFanOut() {
    let variables = (0..<1000).map { "K\($0): v" }.joined(separator: ", ")
    let found = errors([
      "compose.yaml": "services:\n  b: {image: x, environment: {\(variables)}}\n"
        + lines(600) { "  s\($0): {extends: b}" }
    ])
    #expect(found.count == 1)
    #expect(found.first?.message.contains("by `extends`") == true)
  }

  @Test("a long chain of services that extend one another is followed")
  func extendsChain() {
    let found = errors([
      "compose.yaml": "services:\n" + lines(1000) { "  s\($0): {extends: s\($0 + 1)}" }
        + "  s1000: {image: x}\n"
    ])
    #expect(found.isEmpty)
  }

  @Test("of hundreds of missing services the first hundred are reported")
  func missingServices() {
    let found = errors([
      "compose.yaml": "services:\n"
        + lines(300) { "  service\($0): {image: x, depends_on: [servise\($0)]}" }
    ])
    #expect(found.count == 100)
    #expect(found.first?.hint == "did you mean `service0`?")
  }

  @Test("of hundreds of missing services of one service the first hundred are reported")
  func missingDependencies() {
    let names = (0..<300).map { "servise\($0)" }.joined(separator: ", ")
    let found = errors([
      "compose.yaml": "services:\n  a: {image: x, depends_on: [\(names)]}\n"
        + lines(300) { "  service\($0): {image: x}" }
    ])
    #expect(found.count == 100)
  }

  @Test("120 services that all depend on one another are one circle")
  func dependencies() {
    let found = errors([
      "compose.yaml": "services:\n"
        + lines(120) { number in
          let others = (0..<120).filter { $0 != number }.map { "s\($0)" }
          return "  s\(number): {image: x, depends_on: [\(others.joined(separator: ", "))]}"
        }
    ])
    #expect(found.count == 1)
    #expect(found.first?.message.contains("in a circle: s0 → s1 → s0") == true)
  }

  @Test("includes that double at every step are refused")
  func includeFanOut() {
    var files = ["compose.yaml": "include: [f0a.yaml, f0b.yaml]\nservices: {a: {image: x}}\n"]
    for step in 0..<30 {
      let next = "include: [f\(step + 1)a.yaml, f\(step + 1)b.yaml]\n"
      files["f\(step)a.yaml"] = next
      files["f\(step)b.yaml"] = next
    }
    files["f30a.yaml"] = "services: {b: {image: x}}\n"
    files["f30b.yaml"] = "services: {c: {image: x}}\n"
    #expect(errors(files).contains { $0.message.contains("files are included") })
  }

  @Test("variables inside of variables may nest as deeply as they like")
  func nestedVariables() {
    let depth = 20_000
    let text =
      String(repeating: "${A:-", count: depth) + "x" + String(repeating: "}", count: depth)
    #expect(errors(["compose.yaml": "services:\n  a: {image: \"\(text)\"}\n"]).isEmpty)
  }

  @Test("a variable that is made of another twice, again and again, is refused")
  func doublingVariables() {
    let found = errors([
      "compose.yaml": "services: {a: {image: x}}\n",
      ".env": "K0=aaaaaaaaaa\n" + lines(59) { "K\($0 + 1)=$K\($0)$K\($0)" },
    ])
    #expect(found.first?.message.contains("too long") == true)
  }

  @Test("a command of more than Linux takes is refused")
  func longCommand() {
    let words = String(repeating: "x ", count: 1_050_000)
    let found = errors(["compose.yaml": "services:\n  a: {image: x, command: \"\(words)\"}\n"])
    #expect(found.first?.message.contains("2 MiB") == true)
  }

  @Test("numbers beyond all types are refused one by one")
  func hugeNumbers() {
    let found = errors([
      "compose.yaml": """
      services:
        a:
          image: x
          scale: 99999999999999999999999999
          mem_limit: 99999999999999999999999g
          stop_grace_period: 999999999999999999h
          deploy: {replicas: 1e400}
      """
    ])
    #expect(found.count >= 3)
  }
}
