import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Containers under supervision", .timeLimit(.standard))
struct ContainerTests {
  let sandbox: SupervisedSandbox

  init() throws { sandbox = try SupervisedSandbox() }

  @Test("a container that runs already is taken up, and its end is seen when its shim ends")
  func takenUp() throws {
    let web = try sandbox.add("web")
    let played = try PlayedContainer(web, sandbox.layout)
    try sandbox.supervise { try played.end(code: 7) }
    #expect(try sandbox.events(web) == ["die 7"])
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("one that was removed before its end was seen is let go of")
  func removed() throws {
    let web = try sandbox.add("web")
    let played = try PlayedContainer(web, sandbox.layout)
    try sandbox.supervise { try played.remove() }
    #expect(sandbox.duties.done == ["end"])
  }

  @Test(
    "one whose shim is lost and cannot be replaced is looked after all the same",
    arguments: [true, false])
  func lostShim(beforeSupervisor isBefore: Bool) throws {
    let web = try sandbox.add("web")
    let played = try PlayedContainer(web, sandbox.layout)
    if isBefore { played.killShim() }
    try sandbox.supervise {
      if !isBefore { played.killShim() }
      try played.end(code: 137)
    }
    #expect(try sandbox.events(web) == ["die 137"])
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("probes that cannot be run count as failures, and the health goes with the run")
  func health() throws {
    let web = try sandbox.add("web") { record in
      var check = HealthcheckRecord(command: ["true"])
      check.interval = .milliseconds(5)
      check.retries = 2
      record.healthcheck = check
    }
    let played = try PlayedContainer(web, sandbox.layout)
    let path = sandbox.layout.container(web.id).health
    try sandbox.supervise {
      #expect(eventually { HealthReport.readIfUsable(path)?.status == .unhealthy })
      let probe = try #require(HealthReport.readIfUsable(path)?.probes.last)
      #expect(probe.exitCode == -1 && probe.output.hasPrefix("the probe could not be started: "))
      #expect(probe.output.contains("no-such-program"))
      try played.end(code: 0)
    }
    #expect(try sandbox.events(web) == ["health_status: unhealthy", "die 0"])
    #expect(!Files.exists(path))
  }

  @Test("one that the user stopped is not tidied: the command that stops it does so")
  func stopped() throws {
    let web = try sandbox.add("web") { $0.restart = RestartSettings(.always) }
    let played = try PlayedContainer(web, sandbox.layout)
    try sandbox.supervise {
      try DesiredState.stopped.write(sandbox.layout.container(web.id))
      try played.end(code: 143)
    }
    #expect(try sandbox.events(web) == ["die 143"])
    #expect(sandbox.duties.done == ["end"])
  }

  @Test("one that is being stopped when its supervisor is replaced is let go of at its end")
  func stoppedBefore() throws {
    let web = try sandbox.add("web") { $0.restart = RestartSettings(.always) }
    let played = try PlayedContainer(web, sandbox.layout)
    try DesiredState.stopped.write(sandbox.layout.container(web.id))
    try sandbox.supervise { try played.end(code: 143) }
    #expect(try sandbox.events(web) == ["die 143"])
    #expect(sandbox.duties.done == ["end"])
  }

  @Test("one that goes at its end stays until its command has read how it ended")
  func client() throws {
    let job = try sandbox.add("job") { $0.removeOnExit = true }
    let played = try PlayedContainer(job, sandbox.layout)
    let client = try FileLock.acquire(sandbox.layout.container(job.id).clientLock)
    try sandbox.supervise {
      try played.end(code: 0)
      #expect(try eventually { try sandbox.events(job) == ["die 0"] })
      #expect(sandbox.duties.done == [])
      client.release()
    }
    #expect(sandbox.duties.done == ["tidy p-job-1", "end"])
  }

  @Test("a project without anything to look after is down, and nothing of the supervisor stays")
  func nothing() throws {
    try sandbox.supervise {
      let record = SupervisorRecord.readIfUsable(
        sandbox.layout.supervisorPID(SupervisedSandbox.project))
      #expect(record?.process.pid == getpid())
    }
    let desired = sandbox.layout.supervisorDesired(SupervisedSandbox.project)
    #expect(try Files.readText(desired) == "down")
    let left = try Files.list(sandbox.layout.projectRun(SupervisedSandbox.project))
    #expect(left == ["desired"])
    #expect(sandbox.duties.done == ["end"])
  }
}
