import Compose
import Model
import TestSupport
import Testing

@Suite("Images that another service builds", .timeLimit(.standard))
struct ImageBuilderTests {
  private func load(
    _ file: String, services: [String] = [], profiles: [String] = []
  ) throws -> Project {
    var request = LoadRequest(workingDirectory: "/p", environment: [:])
    request.services = services
    request.profiles = profiles
    let loaded = try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request)
    return try #require(loaded.project)
  }

  private func builder(of name: String, in project: Project) throws -> String? {
    project.builder(of: try #require(project.service(name)))?.name
  }

  private static let shop = """
    services:
      web: {build: ., image: "shr:1"}
      worker: {image: "shr:1"}
      other: {image: "shr:2"}
    """

  @Test("the service with the `build` is found by the image's name")
  func byName() throws {
    let project = try load(Self.shop)
    #expect(try builder(of: "worker", in: project) == "web")
    #expect(try builder(of: "web", in: project) == "web")
    #expect(try builder(of: "other", in: project) == nil)
    #expect(project.imageBuilders.isEmpty)
  }

  @Test(
    "an image has several names",
    arguments: [
      ("shop", "shop:latest"), ("docker.io/library/shop", "shop"), ("docker.io/me/a:1", "me/a:1"),
      ("host:5000/a", "host:5000/a:latest"),
    ])
  func names(built: String, used: String) throws {
    let file = "services: {web: {build: ., image: '\(built)'}, worker: {image: '\(used)'}}"
    #expect(try builder(of: "worker", in: load(file)) == "web")
  }

  @Test("the name that a build gives of itself counts too")
  func defaultName() throws {
    let file = "{name: p, services: {web: {build: .}, worker: {image: p-web}}}"
    #expect(try builder(of: "worker", in: load(file)) == "web")
  }

  @Test("a service that was not named on the command line still builds")
  func notNamed() throws {
    let project = try load(Self.shop, services: ["worker"])
    #expect(project.services.map(\.name) == ["worker"])
    #expect(project.imageBuilders.map(\.name) == ["web"])
    #expect(try builder(of: "worker", in: project) == "web")
    #expect(project.withImageBuilders.services.map(\.name) == ["worker", "web"])
    #expect(try load(Self.shop, services: ["other"]).imageBuilders.isEmpty)
    #expect(try load(Self.shop, services: ["web"]).imageBuilders.isEmpty)
  }

  @Test("what is built from comes along, however far, without `depends_on`")
  func contexts() throws {
    let file = """
      services:
        web: {build: {context: ., additional_contexts: {x: "service:middle"}}}
        middle: {build: {context: ., additional_contexts: ["y=service:base", "z=service:web"]}}
        base: {build: ./base}
        other: {build: ./other}
      """
    let project = try load(file, services: ["web"])
    #expect(project.services.map(\.name) == ["web"])
    #expect(project.imageBuilders.map(\.name).sorted() == ["base", "middle"])
    #expect(try load(file, services: ["other"]).imageBuilders.isEmpty)
    #expect(try load(file).imageBuilders.isEmpty)
  }

  @Test("a context of an inactive profile is refused, with what can be done about that key")
  func inactiveContext() throws {
    let file = """
      services:
        web: {build: {context: ., additional_contexts: {x: "service:base"}}}
        base: {build: ., profiles: [p]}
      """
    do {
      _ = try load(file)
      Issue.record("it was accepted")
    } catch let error as Diagnostics {
      let message = try #require(error.messages.first)
      #expect(message.path == "services.web.build.additional_contexts.x")
      #expect(message.hint == "activate it with --profile p")
    }
  }

  @Test("so does one whose profile is not active, with what it builds from")
  func profiles() throws {
    let file = """
      services:
        web:
          profiles: [build]
          image: "shr:1"
          build: {context: ., additional_contexts: {base: "service:base"}}
        base: {profiles: [build], build: ./base}
        worker: {image: "shr:1"}
      """
    let project = try load(file)
    #expect(project.services.map(\.name) == ["worker"])
    #expect(project.imageBuilders.map(\.name).sorted() == ["base", "web"])
    #expect(try load(file, profiles: ["build"]).imageBuilders.isEmpty)
  }
}
