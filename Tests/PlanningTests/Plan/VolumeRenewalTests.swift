import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("The reconciler, volumes made anew and resources that nobody uses", .timeLimit(.standard))
struct VolumeRenewalTests {
  private static let before = """
    name: p
    services:
      db: {image: a, volumes: ["data:/v"], scale: 2}
      web: {image: b, depends_on: {db: {condition: service_started, restart: true}}}
      other: {image: c}
    volumes: {data: {}}
    """
  private static let after = before.replacing("data: {}", "data: {labels: {a: b}}")
  private static let reason = "the configuration of volume data changed"

  private func scene() throws -> Scene {
    var scene = try Scene.up(Self.after, before: Self.before)
    scene.renewedVolumes = ["p_data"]
    return scene
  }

  @Test("without a yes the volume is kept, and a warning says how to have it made anew")
  func kept() throws {
    let scene = try Scene.up(Self.after, before: Self.before)
    #expect(try scene.plan() == "")
    let warning = try #require(try Reconciler.plan(scene.input).1.first)
    #expect(warning.message.contains("volume p_data changed, but it is kept"))
    #expect(warning.hint?.contains("roost up -y") == true)
  }

  @Test("its containers go first, then it, then both are made again; numbers stay")
  func renewed() throws {
    let text = try scene().plan()
    #expect(
      text == """
        [] -> #1 service:web:1, stop container, depends on db, which is replaced
        [1] -> #2 service:db:1, stop container, \(Self.reason)
        [2] -> #3 service:db:1, remove container, \(Self.reason)
        [1] -> #4 service:db:2, stop container, \(Self.reason)
        [4] -> #5 service:db:2, remove container, \(Self.reason)
        [3,5] -> #6 volume:p_data, remove volume, \(Self.reason)
        [6] -> #7 volume:data, create volume, \(Self.reason)
        [3,7] -> #8 service:db:1, create container, volume p_data is made anew
        [5,7] -> #9 service:db:2, create container, volume p_data is made anew
        [8] -> #10 service:db:1, start container, replaces p-db-1
        [9] -> #11 service:db:2, start container, replaces p-db-2
        [1,10,11] -> #12 service:web:1, start container, depends on db, which is replaced
        """)
  }

  @Test("that containers are to be kept does not keep them on a volume that goes")
  func noRecreate() throws {
    var scene = try scene()
    scene.options.recreate = .never
    #expect(try scene.plan().contains("service:db:1, create container, volume p_data is made anew"))
  }

  @Test("fewer containers than before: the surplus one goes once")
  func fewer() throws {
    var scene = try scene()
    scene.options.scale = ["db": 1]
    let operations = try Reconciler.plan(scene.input).0.operations
    let removed = operations.compactMap { operation -> String? in
      if case .removeContainer(let container, _) = operation.action { container.name } else { nil }
    }
    #expect(removed.sorted() == ["p-db-1", "p-db-2"])
    #expect(operations.count { $0.verb == "create container" } == 1)
  }

  @Test("whoever is not made anew with it hinders it")
  func strangers() throws {
    var scene = try scene()
    scene.options.services = ["other"]
    scene.volumeStrangers = ["p_data": ["container q-x-1 of project q"]]
    #expect(try scene.plan() == "", "nobody that was named has it")
    scene.options.services = []
    #expect(scene.errors().first?.contains("while container q-x-1 of project q has it") == true)
    scene.volumeStrangers = [:]
    scene.change("db", 2) { $0.record.isOneOff = true }
    #expect(scene.errors().first?.contains("while container p-db-2 has it") == true)
  }

  @Test("networks and volumes that no service uses are made when all are wanted")
  func unused() throws {
    let yaml = """
      name: p
      services: {a: {image: a, networks: [n]}}
      networks: {n: {}, spare: {}}
      volumes: {v: {}}
      """
    var scene = try Scene.up(
      yaml, before: "name: p\nservices: {a: {image: a, networks: [n]}}\nnetworks: {n: {}}")
    scene.project.networks = try all(yaml).networks
    scene.project.volumes = try all(yaml).volumes
    #expect(try scene.plan() == "")
    scene.project.keepsUnusedResources = true
    let expected = """
      [] -> #1 network:spare, create network, no such network yet
      [] -> #2 volume:v, create volume, no such volume yet
      """
    #expect(try scene.plan() == expected)
    scene.options.services = ["a"]
    #expect(try scene.plan() == expected)
  }

  private func all(_ yaml: String) throws -> Project {
    var request = LoadRequest(workingDirectory: "/p", environment: [:])
    request.options.keepUnusedResources = true
    let loaded = try ComposeLoader(reader: .inMemory(["/p/compose.yaml": yaml])).load(request)
    return try #require(loaded.project)
  }
}
