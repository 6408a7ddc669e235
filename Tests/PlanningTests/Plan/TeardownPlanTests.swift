import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("Plans of down, stop, start and restart", .timeLimit(.standard))
struct TeardownPlanTests {
  static let chain = """
    name: p
    services:
      web: {image: web, depends_on: {db: {condition: service_healthy, restart: true}}}
      db: {image: db, volumes: ["data:/d"], healthcheck: {test: [CMD, "true"]}}
      job: {image: job, build: .}
    volumes: {data: {}}
    """

  private func down(
    _ yaml: String = chain, before: String? = nil, byName: Bool = false,
    _ change: (inout DownOptions) -> Void = { _ in }
  ) throws -> DownPlanner.Outcome {
    let scene = try Scene.up(yaml, before: before)
    var options = DownOptions()
    change(&options)
    return DownPlanner(
      name: "p", project: byName ? nil : scene.project, observed: scene.observed, options: options
    ).plan()
  }

  @Test("down stops dependents first, then removes the containers and the network")
  func wholeProject() throws {
    #expect(
      try down().plan.description == """
        [] -> #1 service:web:1, stop container, the project goes down
        [] -> #2 service:job:1, stop container, the project goes down
        [1] -> #3 service:db:1, stop container, the project goes down
        [1] -> #4 service:web:1, remove container, the project goes down
        [3] -> #5 service:db:1, remove container, the project goes down
        [2] -> #6 service:job:1, remove container, the project goes down
        [1,2,3] -> #7 network:p_default, remove network, no container is on it any more
        """)
  }

  @Test("down needs no files: what was recorded is enough")
  func byName() throws {
    #expect(try down(byName: true).plan == down().plan)
  }

  @Test("volumes and images go only on demand")
  func volumesAndImages() throws {
    let all = try down {
      $0.volumes = true
      $0.images = .all
    }.plan
    let text = all.description
    #expect(text.contains("remove container and its anonymous volumes"))
    #expect(text.contains("volume:p_data, remove volume, removal of volumes was asked for"))
    for image in ["web", "db", "job"] {
      #expect(text.contains("image:\(image), remove image, removal of images was asked for"))
    }
    let plain = try down().plan.description
    #expect(!plain.contains("remove volume") && !plain.contains("remove image"))
  }

  @Test("local images are those that were built and have no name of their own")
  func localImages() throws {
    let yaml = "{name: p, services: {a: {build: .}, b: {build: ., image: b}, c: {image: c}}}"
    let plan = try down(yaml) { $0.images = .local }.plan
    let removed = plan.operations.filter { $0.verb == "remove image" }.map(\.resource)
    #expect(removed == ["image:p-a"])
  }

  @Test("volumes of other projects stay")
  func foreignVolume() throws {
    var scene = try Scene.up(Self.chain)
    scene.observed.volumes.append(ObservedVolume(name: "theirs", project: "q"))
    scene.observed.volumes.append(ObservedVolume(name: "nobodys"))
    var options = DownOptions()
    options.volumes = true
    let plan = DownPlanner(
      name: "p", project: scene.project, observed: scene.observed, options: options
    ).plan().plan
    let removed = plan.operations.filter { $0.verb == "remove volume" }.map(\.resource)
    #expect(removed == ["volume:p_data"])
  }

  @Test("orphans keep their network unless they go too")
  func orphans() throws {
    let rest = "{name: p, services: {web: {image: web}}}"
    let kept = try down(rest, before: Self.chain)
    #expect(kept.networksInUse == ["p_default"])
    #expect(!kept.plan.description.contains("service:db"))
    let removed = try down(rest, before: Self.chain) { $0.removeOrphans = true }
    #expect(removed.networksInUse == [])
    #expect(removed.plan.description.contains("service:db:1, remove container"))
  }

  @Test("down of some services leaves the others and says nothing about their network")
  func someServices() throws {
    let outcome = try down { $0.services = ["web"] }
    #expect(
      outcome.plan.description == """
        [] -> #1 service:web:1, stop container, the project goes down
        [1] -> #2 service:web:1, remove container, the project goes down
        """)
    #expect(outcome.networksInUse == [])
  }

  @Test("containers that ended are removed without a stop")
  func ended() throws {
    var scene = try Scene.up("{name: p, services: {a: {image: a}}}")
    scene.end("a", code: 0)
    let plan = DownPlanner(
      name: "p", project: scene.project, observed: scene.observed, options: DownOptions()
    ).plan().plan
    #expect(
      plan.description == """
        [] -> #1 service:a:1, remove container, the project goes down
        [1] -> #2 network:p_default, remove network, no container is on it any more
        """)
  }

  // MARK: Stop, start, restart

  private func containers(ended: [String] = []) throws -> [ObservedContainer] {
    var scene = try Scene.up(Self.chain)
    for service in ended { scene.end(service, code: 0) }
    return scene.observed.containers
  }

  @Test("stop goes from dependents to what they depend on")
  func stop() throws {
    let plan = LifecyclePlanner.stop(
      try containers(), services: ["db", "web"], because: "was asked for")
    #expect(
      plan.description == """
        [] -> #1 service:web:1, stop container, was asked for
        [1] -> #2 service:db:1, stop container, was asked for
        """)
  }

  @Test("stop of what does not run is no operation")
  func stopEnded() throws {
    let plan = LifecyclePlanner.stop(
      try containers(ended: ["web"]), services: ["db", "web"], because: "was asked for")
    #expect(plan.description == "[] -> #1 service:db:1, stop container, was asked for")
  }

  @Test("start waits for the health of what a service depends on")
  func start() throws {
    let plan = LifecyclePlanner.start(
      try containers(ended: ["web", "db"]), services: ["web", "db", "job"])
    #expect(
      plan.description == """
        [] -> #1 service:db:1, start container, was asked for
        [1] -> #2 service:db, wait until healthy, web depends on it (service_healthy)
        [2] -> #3 service:web:1, start container, was asked for
        """)
  }

  @Test("restart stops and starts in opposite orders")
  func restart() throws {
    let plan = LifecyclePlanner.restart(try containers(), services: ["web", "db"])
    #expect(
      plan.description == """
        [] -> #1 service:web:1, stop container, restart was asked for
        [1] -> #2 service:db:1, stop container, restart was asked for
        [2] -> #3 service:db:1, start container, restart was asked for
        [3] -> #4 service:db, wait until healthy, web depends on it (service_healthy)
        [1,4] -> #5 service:web:1, start container, restart was asked for
        """)
  }

  @Test("a restart takes along those who asked to restart together")
  func restartedDependents() throws {
    let graph = RecordedGraph(try containers())
    #expect(graph.withRestartedDependents(of: ["db"]) == ["db", "web"])
    #expect(graph.withRestartedDependents(of: ["web"]) == ["web"])
    #expect(graph.startOrder == ["db", "job", "web"])
  }

  @Test("recorded dependencies in a circle end in some order with everything in it")
  func circle() throws {
    var containers = try containers()
    for index in containers.indices where containers[index].record.service == "db" {
      containers[index].record.dependencies = [Dependency(service: "web")]
    }
    #expect(Set(RecordedGraph(containers).startOrder) == ["db", "job", "web"])
  }

  @Test("creating first puts every start behind all creations before it")
  func creatingFirst() throws {
    let plan = try Reconciler.plan(
      Scene("{name: p, services: {a: {image: a}, b: {image: b}}}").input
    ).0.creatingFirst()
    #expect(
      plan.description == """
        [] -> #1 network:default, create network, no such network yet
        [1] -> #2 service:a:1, create container, no container yet
        [1] -> #3 service:b:1, create container, no container yet
        [2,3] -> #4 service:a:1, start container, new container
        [2,3] -> #5 service:b:1, start container, new container
        """)
  }
}
