import Compose
import Model
import TestSupport
import Testing

@Suite("The order of services", .timeLimit(.standard))
struct GraphTests {
  private func node(_ name: String, _ dependencies: String...) -> Service {
    var service = Service(name: name, image: "a")
    service.dependsOn = dependencies.map { Dependency(service: $0) }
    return service
  }

  @Test("services without an edge between them share a layer, in the order of the file")
  func levels() throws {
    let graph = try DependencyGraph([
      node("web", "api", "cache"), node("api", "db"), node("cache"), node("db"),
      node("worker", "db"),
    ])
    #expect(graph.levels == [["cache", "db"], ["api", "worker"], ["web"]])
    #expect(graph.startOrder == ["cache", "db", "api", "worker", "web"])
    #expect(graph.stopOrder == ["web", "worker", "api", "db", "cache"])
  }

  @Test("shared namespaces, links and mounts are dependencies, over which depends_on wins")
  func implicit() throws {
    var web = node("web", "db")
    web.networkMode = .service("proxy")
    web.ipc = .service("db")
    web.pid = .container("elsewhere")
    web.links = [Link(target: "cache", alias: "c")]
    web.volumesFrom = [VolumesFrom(source: .service("data")), VolumesFrom(source: .container("x"))]
    #expect(
      web.dependencies == [
        Dependency(service: "db"), Dependency(service: "proxy", restart: true),
        Dependency(service: "cache", restart: true), Dependency(service: "data"),
      ])
    let graph = try DependencyGraph([
      web, node("db"), node("proxy"), node("cache"), node("data"),
    ])
    #expect(graph.levels.last == ["web"])
    #expect(graph.dependents(of: "proxy") == ["web"])
  }

  @Test("contexts that are services are built before, but need not run")
  func buildDependencies() {
    var web = node("web")
    web.build = BuildConfig(context: "/srv")
    web.build?.additionalContexts = ["base": "service:base", "other": "docker-image://x"]
    #expect(web.buildDependencies == ["base"])
    #expect(web.dependencies.isEmpty)
  }

  @Test("a circle is refused with its chain, not with what leads to it")
  func cycle() throws {
    let error = try #require(throws: Diagnostics.self) {
      try DependencyGraph([node("in", "a"), node("a", "b"), node("b", "c"), node("c", "a")])
    }
    #expect(
      error.messages.map(\.message) == ["services depend on one another in a circle: a → b → c → a"]
    )
    #expect(error.messages.first?.notes.map(\.message) == ["b depends on c", "c depends on a"])
  }

  @Test("a service that depends on itself is a circle")
  func selfCycle() throws {
    let error = try #require(throws: Diagnostics.self) { try DependencyGraph([node("a", "a")]) }
    #expect(error.messages.first?.message.hasSuffix("a → a") == true)
  }

  @Test("a circle points at the keys that make it")
  func cyclePlaces() throws {
    let project = try project(
      """
      name: p
      services:
        a: {image: x, network_mode: "service:b"}
        b:
          image: x
          depends_on:
            a: {condition: service_started}
      """)
    let error = try #require(throws: Diagnostics.self) { try DependencyGraph(project.services) }
    let message = try #require(error.messages.first)
    #expect(message.path == "services.a.network_mode")
    #expect(message.location?.line == 3)
    #expect(message.notes.first?.location?.line == 7)
  }

  @Test("a dependency on a service that is not there does not count")
  func missing() throws {
    let graph = try DependencyGraph([node("web", "gone")])
    #expect(graph.levels == [["web"]])
    #expect(graph.dependencies(of: "web").isEmpty)
  }

  @Test("a selection has its dependencies only if wanted, and stands in starting order")
  func selection() throws {
    let graph = try DependencyGraph([
      node("web", "api"), node("api", "db"), node("db"), node("other"),
    ])
    #expect(graph.selection(of: ["web"], includeDependencies: true) == ["db", "api", "web"])
    #expect(graph.selection(of: ["web", "db"], includeDependencies: false) == ["db", "web"])
    #expect(graph.selection(of: ["nobody"], includeDependencies: true).isEmpty)
    #expect(graph.withDependents(of: ["db"]) == ["db", "api", "web"])
  }

  @Test("a hundred and twenty services that all depend on one another's elders are put in a row")
  func dense() throws {
    let names = (0..<120).map { "s\($0)" }
    let services = names.indices.reversed().map { index in
      var service = Service(name: names[index], image: "a")
      service.dependsOn = names[..<index].map { Dependency(service: $0) }
      return service
    }
    let graph = try DependencyGraph(services)
    #expect(graph.startOrder == names)
    #expect(graph.selection(of: ["s119"], includeDependencies: true).count == 120)
  }

  @Test("a hundred and twenty services that all depend on one another are a circle of two")
  func denseCycle() throws {
    let names = (0..<120).map { "s\($0)" }
    let services = names.map { name in
      var service = Service(name: name, image: "a")
      service.dependsOn = names.filter { $0 != name }.map { Dependency(service: $0) }
      return service
    }
    let error = try #require(throws: Diagnostics.self) { try DependencyGraph(services) }
    #expect(error.messages.first?.message.hasSuffix("s0 → s1 → s0") == true)
  }
}
