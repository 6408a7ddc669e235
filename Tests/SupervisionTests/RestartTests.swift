import Linux
import Model
import State
import TestSupport
import Testing

/// Restart policies where the program is missing that runs containers: each attempt fails, and
/// counts as one that ended with code 125.
@Suite("Restarts by a supervisor", .timeLimit(.standard))
struct RestartTests {
  let sandbox: SupervisedSandbox

  init() throws { sandbox = try SupervisedSandbox() }

  private func add(_ policy: RestartPolicy, delay: Duration?) throws -> ContainerRecord {
    try sandbox.add("web") { $0.restart = RestartSettings(policy, delay: delay) }
  }

  @Test("attempts that fail count, and after the last one the container is over")
  func failingAttempts() throws {
    let web = try add(.onFailure(maximum: 3), delay: .milliseconds(1))
    try sandbox.supervise {
      #expect(try sandbox.ask(.watch([web.id])) == .done)
      try sandbox.end(web, code: 1)
    }
    let restarts = try #require(sandbox.restarts(web))
    #expect(restarts.count == 3 && restarts.attempts == 3 && !restarts.waiting)
    let exit = try #require(ExitRecord.readIfUsable(sandbox.layout.container(web.id).exit))
    #expect(restarts.hasSettled(exit), "or it would be shown as one that is being restarted")
    #expect(try sandbox.events(web) == ["die 1"], "a failed attempt is no run that ended")
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("an end that nobody recorded is decided on once")
  func unrecorded() throws {
    let web = try add(.onFailure(maximum: 2), delay: .milliseconds(1))
    try Files.write(sandbox.layout.container(web.id).log, [])
    try sandbox.supervise()
    let restarts = try #require(sandbox.restarts(web))
    #expect(restarts.count == 2)
    #expect(restarts.hasSettled(.unknown(startedAt: nil, foundAt: Clock.now())))
    #expect(try sandbox.events(web) == ["die 255"])
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("one that ended well is not started again on failure")
  func endedWell() throws {
    let web = try add(.onFailure(maximum: nil), delay: .milliseconds(1))
    try sandbox.supervise {
      #expect(try sandbox.ask(.watch([web.id])) == .done)
      try sandbox.end(web, code: 0)
    }
    #expect(sandbox.restarts(web)?.count == 0)
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("a restart that is due is called off when the user stops the container")
  func calledOff() throws {
    let web = try add(.always, delay: .seconds(3600))
    try sandbox.supervise {
      #expect(try sandbox.ask(.watch([web.id])) == .done)
      try sandbox.end(web, code: 1)
      #expect(eventually { sandbox.restarts(web)?.waiting == true })
      try DesiredState.stopped.write(sandbox.layout.container(web.id))
      #expect(try sandbox.ask(.release([web.id])) == .done)
      #expect(sandbox.restarts(web)?.waiting == false)
    }
    #expect(sandbox.duties.done == ["end"], "who stops a container takes it off its networks")
  }

  @Test("a supervisor that comes after another goes on counting where that one was")
  func goesOn() throws {
    let web = try add(.onFailure(maximum: 2), delay: .milliseconds(1))
    try RestartRecord(count: 5, attempts: 1, pause: .seconds(1))
      .write(sandbox.layout.container(web.id).restarts)
    try sandbox.end(web, code: 1)
    try sandbox.supervise()
    #expect(sandbox.restarts(web)?.count == 6)
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("an end that was decided on before is left as it is")
  func settled() throws {
    let web = try add(.always, delay: .milliseconds(1))
    try sandbox.end(web, code: 1)
    let place = sandbox.layout.container(web.id)
    var record = RestartRecord(count: 4, attempts: 4, pause: .seconds(1))
    record.settled = try #require(ExitRecord.readIfUsable(place.exit)).finishedAt
    try record.write(place.restarts)
    try sandbox.supervise()
    #expect(sandbox.restarts(web) == record)
    #expect(try sandbox.events(web).isEmpty)
    #expect(sandbox.duties.done == ["end"])
  }

  /// Leaves what another supervisor writes when it has decided on a restart after `end`.
  private func decide(_ record: ContainerRecord, after end: Timestamp) throws {
    var stored = RestartRecord(count: 1, attempts: 1, pause: .milliseconds(1))
    stored.waiting = true
    stored.decided = end
    stored.due = Clock.now()
    try stored.write(sandbox.layout.container(record.id).restarts)
  }

  @Test("a pause that another supervisor began is gone on with, and counts once")
  func pausing() throws {
    let web = try add(.onFailure(maximum: 2), delay: .milliseconds(1))
    try sandbox.end(web, code: 1)
    let exit = try #require(ExitRecord.readIfUsable(sandbox.layout.container(web.id).exit))
    try decide(web, after: exit.finishedAt)
    try sandbox.supervise()
    // The one that was decided on, and one after its attempt, which fails.
    #expect(sandbox.restarts(web)?.count == 2)
    #expect(try sandbox.events(web).isEmpty, "the other one told of the end")
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("a restart that another supervisor began with is told of once")
  func begun() throws {
    let web = try add(.onFailure(maximum: 2), delay: .milliseconds(1))
    try decide(web, after: Clock.now())
    let container = try PlayedContainer(web, sandbox.layout)
    try sandbox.supervise { try container.end(code: 0) }
    #expect(try sandbox.events(web) == ["start", "die 0"])
    #expect(sandbox.restarts(web)?.count == 1)
  }

  @Test("so is one whose container has ended by now")
  func begunAndEnded() throws {
    let web = try add(.onFailure(maximum: 2), delay: .milliseconds(1))
    try decide(web, after: Clock.now())
    try sandbox.end(web, code: 0)
    try sandbox.supervise()
    #expect(try sandbox.events(web) == ["start", "die 0"])
    #expect(sandbox.restarts(web)?.count == 1)
  }
}
