import Compose
import Glibc
import Linux
import Model
import Planning
import Runtime
import State
import TestSupport
import Testing

@testable import Engine

/// What the shim writes stands in files, so containers can be played without running any; a
/// running one is played by the test's own process.
@Suite("Waiting for dependencies", .timeLimit(.standard))
struct DependencyWaiterTests {
  let sandbox: TestEngine
  let context: ContainerContext

  init() throws {
    sandbox = try TestEngine()
    context = sandbox.context()
  }

  private func place(_ record: ContainerRecord) throws -> ContainerLayout {
    let place = sandbox.layout.container(record.id)
    try Files.makeDirectories(place.state)
    try Files.makeDirectories(place.run)
    return place
  }

  private func run(_ record: ContainerRecord) throws {
    let process = try #require(ProcessIdentity.current())
    try InitRecord(
      process: process, startedAt: Timestamp(seconds: 1), cgroup: "roost-test/none"
    ).write(place(record).initPID)
  }

  private func end(_ record: ContainerRecord, code: Int32, log: [String] = []) throws {
    let place = try place(record)
    let exit: JSON = [
      "code": .integer(Int64(code)), "startedAt": .string("2026-01-01T00:00:00Z"),
      "finishedAt": .string("2026-01-01T00:00:01Z"),
    ]
    try Files.write(place.exit, exit.text())
    let lines = log.enumerated().map { WrittenLog.line(Int64($0), $1) }
    try Files.write(place.log, lines.joined())
  }

  private static func probe(_ code: Int32) -> HealthProbe {
    HealthProbe(
      started: Timestamp(seconds: 1), ended: Timestamp(seconds: 2), exitCode: code, output: "out")
  }

  private func setHealth(_ record: ContainerRecord, _ report: HealthReport) throws {
    try Files.write(place(record).health, report.json.text())
  }

  private func wait(
    for record: ContainerRecord, until condition: Dependency.Condition,
    deadline: UInt64? = 0, stop: StopSignal = StopSignal(interruption: Interruption())
  ) -> EngineError? {
    let waiter = DependencyWaiter(
      context: context, observer: Observer(context: context), deadline: deadline)
    do throws(EngineError) {
      try waiter.wait([record], until: condition, stop: stop) { _, _ in }
      return nil
    } catch {
      return error
    }
  }

  private func message(_ error: EngineError?) -> String { error?.diagnostics.first?.message ?? "" }

  private func checked(_ service: String = "db") -> ContainerRecord {
    var record = containerRecord(service)
    record.healthcheck = HealthcheckRecord(command: ["pg_isready", "-q"])
    return record
  }

  @Test("a container that ended with code 0 completed")
  func completed() throws {
    try end(containerRecord("job"), code: 0)
    #expect(wait(for: containerRecord("job"), until: .completed) == nil)
  }

  @Test("one that ended with another code did not, and its last lines say why")
  func failed() throws {
    try end(containerRecord("job"), code: 3, log: ["one", "two", "three", "no such table"])
    let error = try #require(wait(for: containerRecord("job"), until: .completed))
    #expect(message(error) == "container p-job-1 ended with exit code 3")
    let notes = error.diagnostics.first?.notes.map(\.message)
    #expect(notes == ["it wrote: two", "it wrote: three", "it wrote: no such table"])
    #expect(error.diagnostics.first?.hint == "see `roost logs job`")
  }

  @Test("one that still runs has not completed: the patience ends with its name")
  func deadline() throws {
    try run(containerRecord("job"))
    #expect(
      message(wait(for: containerRecord("job"), until: .completed))
        == "timed out waiting for p-job-1 to end")
  }

  @Test("one that was not started has neither completed nor started")
  func neverStarted() throws {
    _ = try place(containerRecord("job"))
    #expect(
      message(wait(for: containerRecord("job"), until: .completed))
        == "timed out waiting for p-job-1 to start")
    #expect(
      message(wait(for: containerRecord("job"), until: .started))
        == "container p-job-1 did not start")
  }

  @Test("one that runs, or ran to a good end, has started")
  func started() throws {
    try run(containerRecord("a"))
    try end(containerRecord("b"), code: 0)
    try end(containerRecord("c"), code: 1)
    #expect(wait(for: containerRecord("a"), until: .started) == nil)
    #expect(wait(for: containerRecord("b"), until: .started) == nil)
    #expect(
      message(wait(for: containerRecord("c"), until: .started))
        == "container p-c-1 ended with exit code 1")
  }

  @Test("one is healthy once a probe succeeded")
  func healthy() throws {
    let record = checked()
    try run(record)
    #expect(
      message(wait(for: record, until: .healthy))
        == "timed out waiting for p-db-1 to become healthy")
    try setHealth(
      record, HealthReport(status: .healthy, failingStreak: 0, probes: [Self.probe(0)]))
    #expect(wait(for: record, until: .healthy) == nil)
  }

  @Test("one that is unhealthy is told of with its last probe")
  func unhealthy() throws {
    let record = checked()
    try run(record)
    try setHealth(
      record, HealthReport(status: .unhealthy, failingStreak: 1, probes: [Self.probe(2)]))
    let error = try #require(wait(for: record, until: .healthy))
    #expect(message(error) == "container p-db-1 is unhealthy after 1 failed probes")
    #expect(
      error.diagnostics.first?.notes.map(\.message) == [
        "the last probe, `pg_isready -q`, ended with exit code 2", "it wrote: out",
      ])
  }

  @Test("of a probe that could not be run it is said that it failed, and why")
  func unprobed() throws {
    let record = checked()
    try run(record)
    var probe = Self.probe(-1)
    probe.output = "the probe could not be started: no room"
    try setHealth(record, HealthReport(status: .unhealthy, failingStreak: 1, probes: [probe]))
    let error = try #require(wait(for: record, until: .healthy))
    #expect(
      error.diagnostics.first?.notes.map(\.message) == [
        "the last probe, `pg_isready -q`, failed", "the probe could not be started: no room",
      ])
  }

  @Test("one that ended, or has no healthcheck, never becomes healthy")
  func neverHealthy() throws {
    try end(checked("a"), code: 1)
    #expect(
      message(wait(for: checked("a"), until: .healthy, deadline: nil))
        == "container p-a-1 ended with exit code 1")
    try run(containerRecord("b"))
    #expect(
      message(wait(for: containerRecord("b"), until: .healthy, deadline: nil))
        == "container p-b-1 has no healthcheck to wait for")
  }

  @Test("a wait ends with an interruption, and with a failure elsewhere")
  func stopped() throws {
    try run(containerRecord("job"))
    let interruption = Interruption()
    interruption.interrupt()
    let interrupted = StopSignal(interruption: interruption)
    #expect(
      wait(for: containerRecord("job"), until: .completed, deadline: nil, stop: interrupted)
        == .interrupted)
    let failed = StopSignal(interruption: Interruption())
    failed.failure.interrupt()
    #expect(
      wait(for: containerRecord("job"), until: .completed, deadline: nil, stop: failed) == .stopped)
  }

  @Test("a container's files tell of its changes, its log does not", .timeLimit(.standard))
  func changes() throws {
    let record = checked()
    try run(record)
    let place = try place(record)
    try Files.write(place.log, "")
    let changes = try ContainerChanges()
    let watchers = try (0..<2).map { _ in try changes.watch([place]) }
    for watcher in watchers { #expect(try !isReadable(watcher.descriptor, waiting: 0)) }
    let log = try Files.open(place.log, O_WRONLY | O_APPEND)
    try Descriptors.writeAll(log.raw, Array("a line".utf8))
    for watcher in watchers { #expect(try !isReadable(watcher.descriptor, waiting: 0)) }
    let news: [() throws -> Void] = [
      { try Files.writeAtomically(place.health, Array("{}".utf8)) },
      { try Files.writeAtomically(place.exit, Array("{}".utf8)) },
      { try Files.removeIfPresent(place.initPID) },
    ]
    for change in news {
      for watcher in watchers { watcher.take() }
      try change()
      for watcher in watchers { #expect(try isReadable(watcher.descriptor, waiting: 30_000)) }
    }
  }

  private func isReadable(_ descriptor: Int32, waiting milliseconds: Int32) throws -> Bool {
    var entry = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    return try Descriptors.poll(&entry, timeoutMilliseconds: milliseconds)
  }

  @Test("a wait that is told of changes ends with them", .timeLimit(.standard))
  func told() throws {
    let record = containerRecord("job")
    try run(record)
    let place = try place(record)
    let changes = try ContainerChanges()
    let outcome = ConditionLock<EngineError??>(nil)
    let thread = try WorkerThread { [context] in
      let waiter = DependencyWaiter(
        context: context, observer: Observer(context: context), deadline: nil, changes: changes)
      let stop = StopSignal(interruption: Interruption())
      do throws(EngineError) {
        try waiter.wait([record], until: .completed, stop: stop) { _, _ in }
        outcome.with { $0 = .some(nil) }
      } catch {
        outcome.with { $0 = .some(error) }
      }
    }
    try end(record, code: 0)
    try Files.removeIfPresent(place.initPID)
    thread.join()
    #expect(outcome.with { $0 } == .some(nil))
  }
}
