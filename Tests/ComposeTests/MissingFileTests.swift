import Compose
import Model
import TestSupport
import Testing

@Suite("Files that are not there", .timeLimit(.standard))
struct MissingFileTests {
  private static func hints(_ file: String, beside names: [String]) -> [String?] {
    var files = ["/p/compose.yaml": file]
    for name in names { files["/p/\(name)"] = "" }
    let loader = ComposeLoader(reader: .inMemory(files))
    let request = LoadRequest(workingDirectory: "/p", environment: [:])
    do throws(Diagnostics) {
      _ = try loader.load(request)
      return []
    } catch {
      return error.messages.filter { $0.message.contains("cannot read") }.map(\.hint)
    }
  }

  @Test("a misspelt name leads to the file that was meant")
  func nearName() {
    let file = "services: {web: {image: a, env_file: app.evn}}"
    #expect(Self.hints(file, beside: ["app.env", "other.txt"]) == ["did you mean app.env?"])
    #expect(Self.hints(file, beside: ["other.txt"]) == [nil])
  }

  @Test("a directory that is not there is named")
  func missingDirectory() {
    let file = "services: {web: {image: a, extends: {file: nosuch/base.yaml, service: b}}}"
    #expect(Self.hints(file, beside: []) == ["there is not a directory nosuch either"])
  }
}
