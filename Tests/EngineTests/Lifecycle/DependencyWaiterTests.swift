import Compose
import Linux
import Model
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

  private func setHealth(_ record: ContainerRecord, _ machine: HealthMachine) throws {
    try Files.write(place(record).health, machine.report.json.text())
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
        == "the time is over, and p-job-1 did not end")
  }

  @Test("one that was not started has neither completed nor started")
  func neverStarted() throws {
    _ = try place(containerRecord("job"))
    #expect(
      message(wait(for: containerRecord("job"), until: .completed))
        == "the time is over, and p-job-1 did not start")
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
        == "the time is over, and p-db-1 did not become healthy")
    var machine = HealthMachine(HealthcheckRecord(command: []), startedAt: 0)
    _ = machine.record(HealthMachineTests.probe(0), began: 1, now: 1)
    try setHealth(record, machine)
    #expect(wait(for: record, until: .healthy) == nil)
  }

  @Test("one that is unhealthy is told of with its last probe")
  func unhealthy() throws {
    let record = checked()
    try run(record)
    var machine = HealthMachine(HealthMachineTests.check(retries: 1), startedAt: 0)
    let moment = 60 * HealthMachineTests.second
    _ = machine.record(HealthMachineTests.probe(2), began: moment, now: moment)
    try setHealth(record, machine)
    let error = try #require(wait(for: record, until: .healthy))
    #expect(message(error) == "container p-db-1 is unhealthy after 1 failed probes")
    #expect(
      error.diagnostics.first?.notes.map(\.message) == [
        "the last probe, `pg_isready -q`, ended with exit code 2", "it wrote: out",
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
}
