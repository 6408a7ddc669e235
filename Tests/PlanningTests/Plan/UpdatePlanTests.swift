import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("The reconciler, updates in groups", .timeLimit(.standard))
struct UpdatePlanTests {
  private static func web(_ settings: String, count: Int = 2, more: String = "") -> String {
    """
    name: p
    services:
      web:
        image: web
        scale: \(count)
        environment: { N: "$N" }
        deploy: { update_config: { \(settings) } }
    \(more)
    """
  }

  /// A project whose containers all have to be replaced.
  private static func scene(_ settings: String, count: Int = 2, more: String = "") throws -> Scene {
    var scene = try Scene.up(web(settings, count: count, more: more))
    for number in 1...count {
      scene.change("web", number) { $0.record.imageID = "image-zero" }
    }
    return scene
  }

  @Test("beside: each new one works before the former one goes, and one group waits for the other")
  func startFirst() throws {
    #expect(
      try Self.scene("order: start-first").plan() == """
        [] -> #1 service:web:1, create replacement, image web is another one now
        [1] -> #2 service:web:1, start container, replaces p-web-1
        [2] -> #3 service:web, wait until the update works, it is updated
        [3] -> #4 service:web:1, take over names and ports, it works
        [4] -> #5 service:web:1, stop container, is replaced
        [5] -> #6 service:web:2, create replacement, image web is another one now
        [5,6] -> #7 service:web:2, start container, replaces p-web-2
        [7] -> #8 service:web, wait until the update works, it is updated
        [8] -> #9 service:web:2, take over names and ports, it works
        [9] -> #10 service:web:2, stop container, is replaced
        [5] -> #11 service:web:1, remove container, is replaced
        [10] -> #12 service:web:2, remove container, is replaced
        """)
  }

  @Test("one after the other: nobody finds the former one when it is stopped")
  func stopFirst() throws {
    #expect(
      try Self.scene("order: stop-first", count: 1).plan() == """
        [] -> #1 service:web:1, create replacement, image web is another one now
        [1] -> #2 service:web:1, take off names and ports, is replaced
        [2] -> #3 service:web:1, stop container, is replaced
        [1,3] -> #4 service:web:1, start container, replaces p-web-1
        [4] -> #5 service:web, wait until the update works, it is updated
        [5] -> #6 service:web:1, take over names and ports, it works
        [6] -> #7 service:web:1, remove container, is replaced
        """)
  }

  @Test("how many groups there are", arguments: [(0, 1), (1, 5), (2, 3), (5, 1), (9, 1)])
  func groups(parallelism: Int, count: Int) throws {
    let plan = try Self.scene("parallelism: \(parallelism)", count: 5).plan()
    #expect(plan.split(separator: "\n").count { $0.contains("until the update works") } == count)
    #expect(plan.split(separator: "\n").count { $0.contains("start container") } == 5)
  }

  @Test("what may have to come back is removed when nothing can fail any more")
  func rollback() throws {
    let lines = try Self.scene("failure_action: rollback", count: 3).plan().split(separator: "\n")
    let last = lines.count { !$0.contains("remove container") }
    let checks = lines.indices.filter { lines[$0].contains("until the update works") }.map {
      $0 + 1
    }
    for line in lines[last...] {
      #expect(
        line.contains(checks.map(String.init).joined(separator: ","))
          || checks.allSatisfy {
            line.contains("\($0)")
          }, "\(line)")
    }
    #expect(lines.count - last == 3)
  }

  @Test(
    "two of one address cannot run at once",
    arguments: [
      ("networks: { default: { ipv4_address: 10.9.0.9 } }", "address of its own"),
      ("mac_address: 02:00:00:00:00:01", "hardware address"), ("network_mode: host", "host's"),
    ])
  func fixed(key: String, text: String) throws {
    let yaml = """
      name: p
      services:
        web:
          image: web
          \(key)
          deploy: { update_config: { order: start-first } }
      networks: { default: { ipam: { config: [ { subnet: 10.9.0.0/24 } ] } } }
      """
    var scene = try Scene.up(yaml)
    scene.change("web") { $0.record.imageID = "image-zero" }
    #expect(try scene.warnings().contains { $0.contains(text) })
    #expect(try scene.plan().contains("take off names and ports"))
  }

  @Test("who shares what belongs to the service needs its new containers first")
  func shared() throws {
    let more = "  side: { image: side, network_mode: \"service:web\" }"
    let scene = try Self.scene("order: start-first", count: 1, more: more)
    #expect(try scene.warnings().contains { $0.contains("side shares what belongs to them") })
    #expect(try !scene.plan().contains("until the update works"))
  }

  @Test("a dependent waits for the new containers, and one that does not run is replaced at once")
  func dependents() throws {
    let more = "  app: { image: app, depends_on: [web] }"
    var scene = try Self.scene("order: start-first", count: 1, more: more)
    scene.change("app") { $0.record.imageID = "image-zero" }
    let lines = try scene.plan().split(separator: "\n")
    let stop = try #require(lines.firstIndex { $0.contains("web:1, stop container") }) + 1
    let start = try #require(lines.first { $0.contains("app:1, start container") })
    #expect(start.hasPrefix("[") && start.prefix { $0 != "]" }.contains("\(stop)"), "\(start)")
    var stopped = try Self.scene("order: start-first", count: 1)
    stopped.change("web") { $0.status = .exited }
    #expect(try !stopped.plan().contains("until the update works"))
  }
}
