import Model
import TestSupport
import Testing
import YAML

@testable import Compose

@Suite("Interpolation of documents", .timeLimit(.standard))
struct InterpolationTests {
  private func interpolate(
    _ text: String, _ variables: [String: String] = [:], files: [String: String] = [:]
  ) throws -> (node: Node, messages: [Diagnostic]) {
    var node = try Node.documents(in: SourceFile(name: "a.yaml", text: text))[0]
    var report = Report()
    Interpolator(
      environment: ProjectEnvironment(shell: variables), files: .inMemory(files), directory: "/p"
    ).interpolate(&node, report: &report)
    return (node, report.messages)
  }

  @Test("values everywhere are replaced, keys are not")
  func values() throws {
    let text = "${K}: [\"${A}\", {x: $A}]\nservices: {web: {image: \"x:${A}\"}}\n"
    let result = try interpolate(text, ["A": "1", "K": "k"])
    #expect(result.node == ["${K}": ["1", ["x": "1"]], "services": ["web": ["image": "x:1"]]])
    #expect(result.messages.isEmpty)
  }

  @Test("a replaced scalar keeps its place, its text and its variables")
  func origin() throws {
    let node = try interpolate("x:\n  - ${DATA}:/${TO:-data}\n").node["x"]?[0]
    #expect(node?.stringValue == ":/data")
    #expect(node?.mark.line == 2)
    #expect(node?.sourceText == "${DATA}:/${TO:-data}")
    #expect(node?.emptyVariables == "`DATA` is empty in `${DATA}:/${TO:-data}`")
  }

  @Test(
    "scalars are cast to what their paths want",
    arguments: [
      ("scale: \"$N\"", ["scale": 3]), ("scale: '010'", ["scale": 10]),
      ("init: \"${YES}\"", ["init": true]), ("cpus: \"0.5\"", ["cpus": 0.5]),
      ("cpus: '.5'", ["cpus": 0.5]), ("cpus: '2'", ["cpus": 2]), ("cpus: '1e3'", ["cpus": 1000]),
      (
        "ports: [{target: \"$N\", published: \"$N\"}]",
        ["ports": [["target": 3, "published": "3"]]]
      ),
      (
        "ulimits: {nofile: '1', core: {soft: '$N'}}",
        ["ulimits": ["nofile": 1, "core": ["soft": 3]]]
      ),
      ("mem_limit: '$N'", ["mem_limit": "3"]), ("user: '1000'", ["user": "1000"]),
      ("x-scale: '1'", ["x-scale": "1"]), ("oom_score_adj: '-5'", ["oom_score_adj": -5]),
    ] as [(String, Node)])
  func casts(text: String, expected: Node) throws {
    let result = try interpolate(
      "services:\n  my.web:\n    \(text)\n", ["N": "3", "YES": "TRUE"])
    #expect(result.node["services"]?["my.web"] == expected)
    #expect(result.messages.isEmpty)
  }

  @Test(
    "what cannot be cast is refused with what was expected",
    arguments: [
      ("scale: '0x10'", "expected a whole number, not `0x10`"),
      ("scale: ' 1'", "expected a whole number, not ` 1`"),
      ("scale: '9223372036854775808'", "expected a whole number, not `9223372036854775808`"),
      ("cpus: 'inf'", "expected a number, not `inf`"),
      ("cpus: 'x'", "expected a number, not `x`"),
      ("init: '1'", "expected true or false, not `1`"),
      ("scale: '$EMPTY'", "expected a whole number: `EMPTY` is empty in `$EMPTY`"),
    ])
  func mismatches(text: String, message: String) throws {
    let messages = try interpolate("services:\n  web:\n    \(text)\n", ["EMPTY": ""]).messages
    #expect(messages.map(\.message) == [message])
    #expect(messages.first?.severity == .error)
    #expect(messages.first?.path.hasPrefix("services.web.") == true)
  }

  @Test("a boolean of YAML 1.1 in quotes is taken with a warning")
  func oldBooleans() throws {
    let result = try interpolate("services: {a: {tty: 'Yes', init: 'off'}}\n")
    #expect(result.node["services"]?["a"] == ["tty": true, "init": false])
    #expect(result.messages.map(\.hint) == ["write `true`", "write `false`"])
  }

  @Test("messages point into the scalar")
  func places() throws {
    let text = "x: \"a ${A:-} é${U}\"\ny: |\n  one\n  two ${V!}\nz: 'it''s ${W:?because}'\n"
    let messages = try interpolate(text).messages.sortedByPlace()
    #expect(messages.map { $0.location?.line } == [1, 4, 5])
    #expect(messages.map { $0.location?.column } == [15, 7, 11])
    #expect(messages.map(\.path) == ["x", "y", "z"])
    #expect(messages.map(\.severity) == [.warning, .error, .error])
    #expect(messages.last?.message == "the required variable `W` is not set: because")
  }

  @Test("every failing scalar is reported, in the order of the file")
  func several() throws {
    let messages = try interpolate("b: ${X:?one} ${Y:?two}\na: [\"${Z!}\"]\n").messages
    #expect(messages.map { $0.location?.column } == [4, 14, 6])
  }

  @Test("a variable that only an env_file sets is said to reach only the container")
  func envFileHint() throws {
    let text = "services:\n  web:\n    image: x:${TAG}\n    env_file: [{path: app.env}]\n"
    let messages = try interpolate(text, files: ["/p/app.env": "TAG=1\n"]).messages
    #expect(
      messages.first?.message
        == "the variable `TAG` is not set; it reads as empty; `TAG` is set in app.env, which only "
        + "reaches the container; put it in .env")
    #expect(messages.first?.path == "services.web.image")
  }

  @Test("other missing variables get the advice that fits")
  func hints() throws {
    func message(_ text: String, _ variables: [String: String] = [:]) throws -> String? {
      try interpolate(text, variables).messages.first?.message
    }
    let typo = try message("a: ${DATA_DRI}\n", ["DATA_DIR": "1"])
    #expect(typo?.hasSuffix("; did you mean `DATA_DIR`?") == true)
    #expect(try message("a: ${TAG}\n") == "the variable `TAG` is not set; it reads as empty")
    #expect(try message("a: pa$word\n")?.contains("`$$`") == true)
  }

  @Test("a variable that is not set is one line, with all its places")
  func oneLine() throws {
    let text = "a: ${U}\nb: [\"x ${V}\", $U]\nc: \"${U} ${U}\"\nd: ${V:-d}\n"
    let messages = try interpolate(text).messages
    #expect(
      messages.map { $0.rendered() } == [
        "a.yaml:1:4: warning: the variable `U` is not set; it reads as empty, also at 2:15, 3:5, "
          + "3:10; write `$$` for a `$` that is meant as such",
        "a.yaml:2:8: warning: b[0]: the variable `V` is not set; it reads as empty",
      ])
  }

  @Test("of many places the first ones are shown, and the others are counted")
  func flood() throws {
    let text = (1...100).map { "k\($0): ${U}\n" }.joined()
    let messages = try interpolate(text).messages
    #expect(messages.count == 1)
    #expect(messages.first?.message.hasSuffix(", 10:6 and 90 more places") == true)
    let others = try interpolate((0..<5000).map { "k\($0): ${U\($0)}\n" }.joined()).messages
    #expect(others.count == 1000)
  }

  @Test("a flood of errors is cut, but never to nothing")
  func errorFlood() throws {
    let text = "a: [" + (0..<1000).map { _ in "'${A!}'" }.joined(separator: ",") + "]\n"
    #expect(try interpolate(text).messages.count == 100)
    let casts = (0..<1000).map { "  s\($0): {scale: x}\n" }.joined()
    #expect(try interpolate("services:\n" + casts).messages.count == 100)
  }

  @Test("values that add up to too much text are refused")
  func growth() throws {
    let large = String(repeating: "x", count: 120_000)
    let text = (0..<200).map { "k\($0): $A\n" }.joined()
    let messages = try interpolate(text, ["A": large]).messages
    #expect(messages.last?.severity == .error)
  }
}
