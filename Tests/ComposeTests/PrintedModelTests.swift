import Compose
import Model
import TestSupport
import Testing
import YAML

@Suite("A model that keeps its variables", .timeLimit(.standard))
struct PrintedModelTests {
  @Test("empty lists are null in JSON and empty in YAML")
  func emptyLists() throws {
    let file = "services: {a: {image: '$X', command: [], cap_add: []}}"
    var request = LoadRequest(workingDirectory: "/p", environment: [:])
    request.options.interpolate = false
    let loaded = try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request)
    let json = loaded.printed(.json)["services"]?["a"]
    #expect(json?["command"]?.isNull == true)
    #expect(json?["cap_add"]?.sequence?.isEmpty == true)
    let yaml = loaded.printed(.yaml)["services"]?["a"]
    #expect(yaml?["command"]?.sequence?.isEmpty == true)
  }
}
