import Compose
import Linux
import Model
import Runtime
import State
import Synchronization
import TestSupport
import Testing

@testable import Engine
@testable import Planning

/// Collects what the user is told.
final class RecordedEvents: ProgressReporter {
  private let state = Mutex<(events: [String], warnings: [String])>(([], []))

  /// `name phase` each.
  var events: [String] { state.withLock { $0.events } }
  var warnings: [String] { state.withLock { $0.warnings } }

  func report(_ event: ProgressEvent) {
    state.withLock { $0.events.append("\(event.resource.name) \(event.phase)") }
  }
  func warn(_ diagnostic: Diagnostic) { state.withLock { $0.warnings.append(diagnostic.message) } }
  func output(_ line: String, of resource: ProgressEvent.Resource) {}
}

/// The operations of a plan that need no root, on real directories, and what is left of some.
@Suite("Doing a plan", .timeLimit(.standard))
struct PlanRunnerTests {
  private let files: TemporaryDirectory
  private let told = RecordedEvents()
  private let context: ContainerContext
  private let runner: PlanRunner

  init() throws {
    files = try TemporaryDirectory()
    context = ContainerContext(
      Engine(
        layout: files.layout, executables: Executables(directory: files.path), progress: told),
      project: "p")
    let project = try projectOfOne(
      "volumes: [\"data:/data\", \"more:/more\"]", "volumes: { data: {}, more: {} }\n")
    runner = PlanRunner(
      context, project: project, hashes: ConfigurationHashes(project),
      firewall: FirewallSync { _ in })
  }

  private func run(_ action: Operation.Action, id: Int = 0) throws {
    try runner.run(
      Operation(id: id, action: action, reason: "", dependencies: []),
      stop: StopSignal(interruption: Interruption()))
  }

  private func existing(_ record: ContainerRecord) -> Operation.Existing {
    Operation.Existing(
      id: record.id, name: record.name, service: record.service, number: record.number)
  }

  @Test("a volume is made with its hash, and told of")
  func createVolume() throws {
    try run(.createVolume(key: "data", name: "p_data"))
    let volume = try #require(try context.volumes.find("p_data"))
    #expect(volume.project == "p" && volume.key == "data" && !volume.configHash.isEmpty)
    #expect(told.events == ["p_data creating", "p_data created"])
    try run(.removeVolume(name: "p_data"))
    #expect(try context.volumes.find("p_data") == nil)
    #expect(told.events.suffix(2) == ["p_data removing", "p_data removed"])
  }

  @Test("a container is removed with what is on disk of it")
  func removeContainer() throws {
    let record = containerRecord("web")
    try context.containers.create(record, containerSpec(record))
    try run(.removeContainer(existing(record), volumes: true))
    #expect(try context.containers.identities() == [])
    #expect(!Files.exists(files.layout.container(record.id).run))
    #expect(told.events == ["p-web-1 removing", "p-web-1 removed"])
  }

  @Test("an operation on a container that went meanwhile is not an error, but a start is")
  func goneMeanwhile() throws {
    let record = containerRecord("web")
    try run(.removeContainer(existing(record), volumes: true))
    try run(.stopContainer(existing(record)))
    #expect(told.events == [])
    let error = #expect(throws: EngineError.self) {
      try run(.startContainer(.existing(existing(record))))
    }
    #expect(error?.diagnostics.first?.message == "container p-web-1 is gone")
  }

  @Test("no hook is run in a container that does not run, or that was not started here")
  func hooksWithoutProgram() throws {
    var record = containerRecord("web")
    record.postStart = [Hook(command: ["false"])]
    record.preStop = [Hook(command: ["false"])]
    try context.containers.create(record, containerSpec(record))
    let restart = LifecyclePlanner.restart(
      [ObservedContainer(record: record, status: .running)], services: ["web"])
    let hooks = restart.operations.filter { operation in
      if case .runHook = operation.action { true } else { false }
    }
    #expect(hooks.count == 2)
    for hook in hooks { try run(hook.action) }
    #expect(told.warnings == [])
    #expect(told.events == ["p-web-1 stopping"])
  }

  @Test("a container that replaced another gets its final name, on disk too")
  func rename() throws {
    var record = containerRecord("web")
    record.name = "abc_p-web-1"
    record.finalName = "p-web-1"
    record.replaces = identity("old")
    try context.containers.create(record, containerSpec(record))
    try run(.renameContainer(.existing(existing(record))))
    let found = try #require(try context.containers.record(record.id))
    #expect(found.name == "p-web-1" && found.finalName == nil && found.replaces == nil)
    #expect(try context.record(record.id) == found)
  }

  @Test("a container without its image is not made, and the failure is told of")
  func missingImage() throws {
    let creation = Operation.Creation(service: "web", number: 1, name: "p-web-1")
    let error = #expect(throws: EngineError.self) { try run(.createContainer(creation)) }
    #expect(error?.diagnostics.first?.message.contains("image web is not in") == true)
    #expect(try context.containers.identities() == [])
    #expect(runner.traces.createdContainers.isEmpty)
  }

  @Test("a wait for a container that ended badly names who waits; if it need not be, it warns")
  func failedWait() throws {
    let record = containerRecord("web")
    try context.containers.create(record, containerSpec(record))
    let exit: JSON = [
      "code": 3, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z",
    ]
    try Files.write(files.layout.container(record.id).exit, exit.text())
    var wait = Operation.Wait(
      dependent: "app", service: "web", condition: .completed, required: true,
      containers: [.existing(existing(record))])
    let error = #expect(throws: EngineError.self) { try run(.await(wait)) }
    #expect(
      error?.diagnostics.first?.message
        == "app cannot start: container p-web-1 ended with exit code 3")
    wait.required = false
    try run(.await(wait))
    #expect(told.warnings.first?.hasSuffix("since the dependency is not required") == true)
  }

  @Test("a record that cannot be used is an error, not a container that is gone")
  func unusableRecord() throws {
    let record = containerRecord("web")
    try context.containers.create(record, containerSpec(record))
    try Files.write(files.layout.container(record.id).record, #"{"version":9}"#)
    for action: Operation.Action in [
      .stopContainer(existing(record)), .removeContainer(existing(record), volumes: false),
    ] {
      let error = #expect(throws: EngineError.self) { try run(action) }
      #expect(error?.diagnostics.first?.message.contains("written by a newer roost") == true)
    }
    #expect(told.events == [])
  }

  @Test("what a command made that failed stays, but for a replacement and unused networks")
  func aftermath() throws {
    try run(.createVolume(key: "data", name: "p_data"))
    let old = containerRecord("web")
    try context.containers.create(old, containerSpec(old))
    var replacement = containerRecord("web2")
    replacement.replaces = old.id
    let made = containerRecord("db")
    for record in [replacement, made] {
      try context.containers.create(record, containerSpec(record))
    }
    var traces = PlanRunner.Traces()
    traces.createdContainers = [replacement, made]
    Aftermath(runner: runner, traces: traces).run()
    #expect(try context.volumes.all().map(\.name) == ["p_data"])
    #expect(try Set(context.containers.identities()) == [old.id, made.id])
    #expect(told.warnings == [])
  }
}
