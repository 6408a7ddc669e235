import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("Hooks in plans", .timeLimit(.standard))
struct HookPlanTests {
  static let shop = """
    name: p
    services:
      web: {image: web, depends_on: [db]}
      db:
        image: db
        post_start: [{command: [load, all]}, {command: "index\nit"}]
        pre_stop: [{command: [drain]}, {command: [leave]}]
    """

  @Test("post_start hooks come one after another after the start, dependents after the last")
  func firstUp() throws {
    #expect(
      try Scene(Self.shop).plan() == """
        [] -> #1 network:default, create network, no such network yet
        [1] -> #2 service:db:1, create container, no container yet
        [1] -> #3 service:web:1, create container, no container yet
        [2] -> #4 service:db:1, start container, new container
        [4] -> #5 service:db:1, run post_start hook load all, new container
        [5] -> #6 service:db:1, run post_start hook index it, new container
        [3,6] -> #7 service:web:1, start container, new container
        """)
  }

  @Test("a container that runs and stays has no hook to run")
  func unchanged() throws {
    #expect(try Scene.up(Self.shop).plan() == "")
    var scene = try Scene(Self.shop)
    scene.start = false
    #expect(try !scene.plan().contains("hook"))
  }

  @Test("a replacement runs the old container's pre_stop hooks and the new one's post_start hooks")
  func replacement() throws {
    let before = Self.shop.replacing("[drain]", "[empty]")
    var scene = try Scene.up(Self.shop, before: before)
    scene.options.services = ["db"]
    #expect(
      try scene.plan() == """
        [] -> #1 service:db:1, create replacement, pre_stop[0].command[0] changed
        [1] -> #2 service:db:1, run pre_stop hook empty, is replaced
        [2] -> #3 service:db:1, run pre_stop hook leave, is replaced
        [3] -> #4 service:db:1, stop container, is replaced
        [4] -> #5 service:db:1, remove container, is replaced
        [5] -> #6 service:db:1, take over name, takes the place of p-db-1
        [6] -> #7 service:db:1, start container, replaces p-db-1
        [7] -> #8 service:db:1, run post_start hook load all, replaces p-db-1
        [8] -> #9 service:db:1, run post_start hook index it, replaces p-db-1
        """)
  }

  @Test("a container that ended is started with its hooks, and removed without")
  func ended() throws {
    var scene = try Scene.up(Self.shop)
    scene.end("db", code: 0)
    #expect(
      try scene.plan() == """
        [] -> #1 service:db:1, start container, ended with exit code 0
        [1] -> #2 service:db:1, run post_start hook load all, ended with exit code 0
        [2] -> #3 service:db:1, run post_start hook index it, ended with exit code 0
        """)
    let plan = DownPlanner(
      name: "p", project: nil, observed: scene.observed, options: DownOptions()
    ).plan().plan
    #expect(!plan.description.contains("hook"))
  }

  @Test("scaling down, removal of orphans and changed networks run pre_stop hooks before the stop")
  func otherStops() throws {
    let hook = "service:db:1, run pre_stop hook drain"
    var scaled = try Scene.up(Self.shop)
    scaled.options.scale = ["db": 0]
    #expect(try scaled.plan().contains("\(hook), db has 0 containers now"))
    var orphaned = try Scene.up("{name: p, services: {web: {image: web}}}", before: Self.shop)
    orphaned.options.removeOrphans = true
    #expect(try orphaned.plan().contains("\(hook), service db is not in the project"))
    let network = "networks: {default: {internal: true}}"
    let moved = try Scene.up(Self.shop + "\n" + network, before: Self.shop).plan()
    #expect(moved.contains("\(hook), the configuration of network default changed"))
    #expect(moved.contains("run post_start hook load all"))
  }

  @Test("down and stop run pre_stop hooks once dependents are stopped")
  func down() throws {
    let observed = try Scene.up(Self.shop).observed
    let plan = DownPlanner(name: "p", project: nil, observed: observed, options: DownOptions())
      .plan().plan
    #expect(
      plan.description.hasPrefix(
        """
        [] -> #1 service:web:1, stop container, the project goes down
        [1] -> #2 service:db:1, run pre_stop hook drain, the project goes down
        [2] -> #3 service:db:1, run pre_stop hook leave, the project goes down
        [3] -> #4 service:db:1, stop container, the project goes down
        """))
  }

  @Test("a restart runs both kinds, between stop and start of whom it touches")
  func restart() throws {
    let observed = try Scene.up(Self.shop).observed
    #expect(
      LifecyclePlanner.restart(observed.containers, services: ["db"]).description == """
        [] -> #1 service:db:1, run pre_stop hook drain, restart was asked for
        [1] -> #2 service:db:1, run pre_stop hook leave, restart was asked for
        [2] -> #3 service:db:1, stop container, restart was asked for
        [3] -> #4 service:db:1, start container, restart was asked for
        [4] -> #5 service:db:1, run post_start hook load all, restart was asked for
        [5] -> #6 service:db:1, run post_start hook index it, restart was asked for
        """)
  }

  private static let prepared = """
    name: p
    services:
      web:
        image: web
        depends_on: [db]
        pre_start: [{command: [load, all]}, {command: [index]}]
      db: {image: db}
    """

  @Test("pre_start hooks come after the dependencies and before the first container's start")
  func preStart() throws {
    var scene = try Scene(Self.prepared)
    scene.options.scale = ["web": 2]
    #expect(
      try scene.plan() == """
        [] -> #1 network:default, create network, no such network yet
        [1] -> #2 service:db:1, create container, no container yet
        [1] -> #3 service:web:1, create container, no container yet
        [1] -> #4 service:web:2, create container, no container 2 yet
        [2] -> #5 service:db:1, start container, new container
        [3,4,5] -> #6 service:web:1, run pre_start hook load all, web starts for the first time
        [6] -> #7 service:web:1, run pre_start hook index, web starts for the first time
        [3,5,7] -> #8 service:web:1, start container, new container
        [4,5,7] -> #9 service:web:2, start container, new container
        """)
  }

  @Test("they do not run again for one more container, nor after a stop")
  func preStartOnce() throws {
    #expect(try Scene.up(Self.prepared).plan() == "")
    var scaled = try Scene.up(Self.prepared)
    scaled.options.scale = ["web": 2]
    #expect(try !scaled.plan().contains("pre_start"))
    var ended = try Scene.up(Self.prepared)
    ended.end("web", code: 0)
    #expect(try !ended.plan().contains("pre_start"))
  }

  @Test("they run again for a service that is made anew")
  func preStartAnew() throws {
    let changed = Self.prepared.replacing("image: web", "image: web\n    user: '1'")
    #expect(try Scene.up(changed, before: Self.prepared).plan().contains("pre_start hook index"))
    let plan = try Reconciler.plan(Scene(Self.prepared).input).0
    let completing = plan.operations.filter(\.completesWhatBegan)
    #expect(completing.isEmpty)
  }

  @Test("`start` and `restart` run them for what was made and never ran, and for nothing else")
  func preStartOfCreated() throws {
    var scene = try Scene.up(Self.prepared)
    let hooks = ["web": scene.project.services[0].preStart]
    let plans = { (observed: ObservedState) in
      [
        LifecyclePlanner.start(observed.containers, services: ["web", "db"], preStart: hooks),
        LifecyclePlanner.restart(observed.containers, services: ["web", "db"], preStart: hooks),
      ].map(\.description)
    }
    #expect(plans(scene.observed).allSatisfy { !$0.contains("pre_start") })
    scene.end("web", code: 0)
    #expect(plans(scene.observed).allSatisfy { !$0.contains("pre_start") }, "after a stop")
    scene.change("web") { $0.status = .created }
    for plan in plans(scene.observed) {
      #expect(plan.contains("service:web:1, run pre_start hook index, web starts for the first"))
      let lines = plan.split(separator: "\n")
      #expect(lines.last?.contains("service:web:1, start container") == true, "\(plan)")
    }
  }

  @Test("what completes a start or a stop is told from what begins one")
  func completions() throws {
    let observed = try Scene.up(Self.shop).observed
    let plan = LifecyclePlanner.restart(observed.containers, services: ["db", "web"])
    let completing = plan.operations.filter(\.completesWhatBegan).map(\.verb)
    #expect(
      completing == [
        "run pre_stop hook leave", "stop container", "run post_start hook load all",
        "run post_start hook index it",
      ])
  }
}
