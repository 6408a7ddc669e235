import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("The reconciler, counts and leftovers", .timeLimit(.standard))
struct ReconcilerScaleTests {
  static func web(_ count: Int) -> String {
    "{name: p, services: {web: {image: web, scale: \(count)}}}"
  }

  @Test("scaling up makes containers with the next numbers")
  func scaleUp() throws {
    #expect(
      try Scene.up(Self.web(3), before: Self.web(1)).plan() == """
        [] -> #1 service:web:2, create container, no container 2 yet
        [] -> #2 service:web:3, create container, no container 3 yet
        [1] -> #3 service:web:2, start container, new container
        [2] -> #4 service:web:3, start container, new container
        """)
  }

  @Test("scaling down removes the highest numbers first")
  func scaleDown() throws {
    #expect(
      try Scene.up(Self.web(1), before: Self.web(3)).plan() == """
        [] -> #1 service:web:3, stop container, web has 1 containers now
        [1] -> #2 service:web:3, remove container, web has 1 containers now
        [] -> #3 service:web:2, stop container, web has 1 containers now
        [3] -> #4 service:web:2, remove container, web has 1 containers now
        """)
  }

  @Test("scaling down removes containers that are out of date before the others")
  func scaleDownStale() throws {
    var scene = try Scene.up(Self.web(2), before: Self.web(3))
    scene.change("web", 1) { $0.record.imageID = "image-zero" }
    #expect(
      try scene.plan() == """
        [] -> #1 service:web:1, stop container, web has 2 containers now
        [1] -> #2 service:web:1, remove container, web has 2 containers now
        """)
  }

  @Test("the count of the command line wins, and zero removes everything")
  func scaleOption() throws {
    var scene = try Scene.up(Self.web(2))
    scene.options.scale = ["web": 0]
    let plan = try Reconciler.plan(scene.input).0
    #expect(plan.operations.count == 4)
    scene.options.scale = ["web": 3]
    #expect(try scene.plan().hasPrefix("[] -> #1 service:web:3, create container"))
  }

  @Test("a gap in the numbers is not filled")
  func gap() throws {
    var scene = try Scene.up(Self.web(3), before: Self.web(3))
    scene.observed.containers.removeAll { $0.record.number == 2 }
    #expect(try scene.plan().hasPrefix("[] -> #1 service:web:4, create container"))
  }

  @Test("a service with a container name cannot be scaled")
  func containerName() throws {
    var scene = try Scene("{name: p, services: {web: {image: web, container_name: front}}}")
    scene.options.scale = ["web": 2]
    #expect(
      scene.errors() == [
        "service web has a container name of its own and cannot have 2 containers"
      ])
  }

  @Test("a count that no machine could carry is refused at once")
  func tooMany() throws {
    var scene = try Scene(Self.web(1))
    scene.options.scale = ["web": 99_999_999_999]
    #expect(scene.errors() == ["service web cannot have 99999999999 containers"])
  }

  static let two = "{name: p, services: {web: {image: web}, old: {image: old}}}"
  static let one = "{name: p, services: {web: {image: web}}}"

  @Test("orphans are told of, with how to remove them")
  func orphansWarned() throws {
    var scene = try Scene.up(Self.one, before: Self.two)
    #expect(try scene.plan() == "")
    let warnings = try Reconciler.plan(scene.input).1
    #expect(warnings.map(\.message) == ["found orphan containers (p-old-1) for this project"])
    #expect(warnings.first?.hint?.contains("--remove-orphans") == true)
    scene.options.ignoreOrphans = true
    #expect(try scene.warnings() == [])
  }

  @Test("orphans are removed on demand, and no longer told of")
  func orphansRemoved() throws {
    var scene = try Scene.up(Self.one, before: Self.two)
    scene.options.removeOrphans = true
    #expect(try scene.warnings() == [])
    #expect(
      try scene.plan() == """
        [] -> #1 service:old:1, stop container, service old is not in the project
        [1] -> #2 service:old:1, remove container, service old is not in the project
        """)
  }

  @Test("an orphan that ended is removed without a stop")
  func endedOrphan() throws {
    var scene = try Scene.up(Self.one, before: Self.two)
    scene.end("old", code: 0)
    scene.options.removeOrphans = true
    #expect(
      try scene.plan()
        == "[] -> #1 service:old:1, remove container, service old is not in the project")
  }

  @Test("services of inactive profiles are neither made nor orphans")
  func profiles() throws {
    let yaml =
      "{name: p, services: {web: {image: web}, debug: {image: debug, profiles: [tools]}}}"
    #expect(try !Scene(yaml).plan().contains("debug"))
    #expect(try Scene(yaml, profiles: ["tools"]).plan().contains("service:debug:1, create"))
    var scene = try Scene.up(yaml, before: yaml, profilesBefore: ["tools"])
    scene.options.removeOrphans = true
    #expect(try scene.plan() == "")
    #expect(try scene.warnings() == [])
  }

  @Test("containers of run are no replicas, and go with orphans once they have ended")
  func oneOff() throws {
    var scene = try Scene.up(Self.one, before: Self.one)
    let id = identity("one-off")
    var extra = scene.observed.containers[0]
    extra.record.id = id
    extra.record.isOneOff = true
    extra.record.configHash = "other"
    scene.observed.containers.append(extra)
    #expect(try scene.plan() == "")
    var orphan = extra
    orphan.record.service = "gone"
    scene.observed.containers.append(orphan)
    #expect(try scene.warnings() == [])
    scene.options.removeOrphans = true
    #expect(try scene.plan() == "")
    scene.observed.containers = scene.observed.containers.map { container in
      var ended = container
      if container.record.service == "gone" { ended.status = .exited }
      return ended
    }
    #expect(try scene.plan().contains("service:gone:1, remove container"))
    #expect(try !scene.plan().contains("service:web"))
  }
}
