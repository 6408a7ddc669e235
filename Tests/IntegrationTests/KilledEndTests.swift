import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Ends that a killed process of ours saw", .timeLimit(.standard), .needsRoot, .serialized)
struct KilledEndTests {
  /// A program that waits for a file, writes to both streams and ends.
  private static let once = """
    services:
      once:
        image: busybox
        volumes: [./flags:/flags]
        command:
          - sh
          - -c
          - while [ ! -e /flags/go ]; do sleep 0.01; done; echo last; echo words >&2; exit 3
    """

  private func start(_ box: Sandbox) throws -> ContainerLayout {
    try box.importBusybox()
    try box.write("flags/none", "")
    try box.compose(Self.once)
    try box.up("up", "-d")
    return try box.place("once")
  }

  private func process(_ path: String) throws -> ProcessIdentity {
    try #require(ProcessIdentity.readIfUsable(path), "\(path)")
  }

  /// Lets the program end while its shim takes no notice.
  private func endUnseen(_ box: Sandbox, _ place: ContainerLayout) throws -> ProcessIdentity {
    let shim = try process(place.shimPID)
    let program = try #require(InitRecord.readIfUsable(place.initPID)).process
    kill(shim.pid, SIGSTOP)
    #expect(eventually { ProcessTable.stat(shim.pid)?.state == "T" })
    try box.write("flags/go", "")
    #expect(eventually { !program.isAlive })
    return shim
  }

  private func killAll(_ pids: [Int32]) {
    for pid in pids { kill(pid, SIGKILL) }
    #expect(eventually { pids.allSatisfy { ProcessTable.stat($0)?.hasEnded ?? true } })
  }

  private func expectEnd(_ box: Sandbox, _ place: ContainerLayout, code: Int32 = 3) throws {
    #expect(eventually { ExitRecord.read(of: place)?.code == code })
    #expect(ExitRecord.read(of: place)?.codeKnown == true)
    try expectLines(box)
  }

  private func expectLines(_ box: Sandbox) throws {
    let logs = try box.up("logs", "--no-log-prefix")
    let lines = (logs.output + logs.errors).split(separator: "\n").sorted()
    #expect(lines == ["last", "words"])
  }

  @Test("a shim that is killed as its program ends loses neither a line nor the exit code")
  func shim() throws {
    try Sandbox.with { box in
      let place = try start(box)
      kill(try endUnseen(box, place).pid, SIGKILL)
      try expectEnd(box, place)
    }
  }

  @Test("nor does one that is killed with the supervisor")
  func shimAndSupervisor() throws {
    try Sandbox.with { box in
      let place = try start(box)
      let shim = try endUnseen(box, place)
      let supervisors = try box.processes(named: "__supervise")
      for pid in supervisors { kill(pid, SIGSTOP) }
      killAll([shim.pid] + supervisors)
      try box.up("ps", "-a")
      try expectEnd(box, place)
      #expect(try box.container("once")["ExitCode"] == 3)
    }
  }

  @Test("what ended unseen is started again", arguments: [["up", "-d"], ["start"]])
  func unseenEnd(words: [String]) throws {
    try Sandbox.with { box in
      let place = try start(box)
      let program = try #require(InitRecord.readIfUsable(place.initPID)).process
      let shim = try endUnseen(box, place)
      let supervisors = try box.processes(named: "__supervise")
      for pid in supervisors { kill(pid, SIGSTOP) }
      killAll([shim.pid] + supervisors)
      try box.write("flags/none", "")
      try Files.remove("\(box.project)/flags/go")
      let result = try box.roost(words)
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(try box.container("once")["State"] == "running")
      #expect(InitRecord.readIfUsable(place.initPID)?.process != program)
    }
  }

  @Test(
    "what a command was stopping that was killed runs after the next one",
    arguments: [["up", "-d", "-t", "0"], ["start"]])
  func unfinishedStop(words: [String]) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          deaf:
            image: busybox
            restart: always
            command: [sh, -c, "trap '' TERM; sleep 1000 & wait"]
            stop_grace_period: 300ms
        """)
      try box.up("up", "-d")
      let place = try box.place("deaf")
      let program = try #require(InitRecord.readIfUsable(place.initPID)).process
      let stop = try box.start(["stop", "-t", "1000"])
      #expect(eventually { DesiredState.read(place) == .stopped })
      kill(stop.pid, SIGKILL)
      _ = try stop.wait()
      let result = try box.roost(words)
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(DesiredState.read(place) == .running)
      #expect(try box.container("deaf")["State"] == "running")
      #expect(InitRecord.readIfUsable(place.initPID)?.process != program)
      #expect(!program.isAlive)
    }
  }

  @Test("a keeper that was killed has a successor that keeps the same")
  func keeper() throws {
    try Sandbox.with { box in
      let place = try start(box)
      let keeper = try process(place.keeperPID)
      kill(keeper.pid, SIGKILL)
      #expect(
        eventually {
          let next = ProcessIdentity.readIfUsable(place.keeperPID)
          return next != keeper && next?.isAlive == true
        })
      kill(try endUnseen(box, place).pid, SIGKILL)
      // Before Linux 6.15 nobody knows the code of a program whose parent was killed.
      #expect(eventually { [3, 255].contains(ExitRecord.read(of: place)?.code) })
      try expectLines(box)
    }
  }

  @Test("a program whose shim and supervisor are killed right after its start goes on, with input")
  func input() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { cat: { image: busybox, stdin_open: true, command: [cat] } }")
      try box.up("up", "-d")
      let place = try box.place("cat")
      let program = try #require(InitRecord.readIfUsable(place.initPID)).process
      let supervisors = try box.processes(named: "__supervise")
      killAll(supervisors + [try process(place.shimPID).pid])
      try box.up("ps")
      #expect(eventually { ProcessIdentity.readIfUsable(place.shimPID)?.isAlive == true })
      #expect(program.isAlive)
      #expect(try box.container("cat")["State"] == "running")
    }
  }

  @Test(
    "a restart of which a process is killed before the program may begin is not counted",
    arguments: ["shim.pid", "keeper.pid", "init.pid"])
  func restarts(file: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          flaky:
            image: busybox
            restart: on-failure:3
            command: [sh, -c, "echo run; exit 5"]
        """)
      try box.up("up", "-d")
      let place = try box.place("flaky")
      var last: ProcessIdentity?
      var seen = 0
      #expect(
        eventually {
          let found = ProcessIdentity.readIfUsable("\(place.run)/\(file)")
          if let found, found != last, Files.exists(place.starting) {
            last = found
            seen += 1
            // Every other one, so that it comes to its end.
            if seen.isMultiple(of: 2), Files.exists(place.starting) { kill(found.pid, SIGKILL) }
          }
          return RestartRecord.readIfUsable(place.restarts)?.settled != nil
        })
      #expect(RestartRecord.readIfUsable(place.restarts)?.count == 3)
      #expect(ExitRecord.read(of: place)?.code == 5)
      let logs = try box.up("logs", "--no-log-prefix").output
      #expect(logs == String(repeating: "run\n", count: 4))
    }
  }

  @Test("a container whose start was killed is started by the next up, whatever its policy")
  func killedStart() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let service = "{ image: busybox, restart: always, init: true, command: [sleep, '1000'] }"
      try box.compose("services: { keep: \(service), web: \(service) }")
      try box.up("up", "-d")
      try box.up("stop", "web")
      let place = try box.place("web")
      // As `start` leaves it that is killed before it has started the shim.
      try Files.removeIfPresent(place.restarts)
      try DesiredState.running.write(place)
      #expect(try box.container("web")["State"] == "exited")
      try box.up("up", "-d")
      #expect(try box.container("web")["State"] == "running")
    }
  }

  @Test("an end that is written down nowhere is not shown as a good one")
  func unknown() throws {
    try Sandbox.with { box in
      let place = try start(box)
      try box.write("flags/go", "")
      #expect(eventually { ExitRecord.read(of: place)?.code == 3 })
      #expect(eventually { !Files.exists(place.shimPID) })
      try Files.remove(place.exit)
      let format = "{{.State.ExitCode}} {{.State.ExitCodeKnown}}"
      let shown = try box.up("container", "inspect", "stack-once-1", "--format", format).output
      #expect(shown == "255 false\n")
      #expect(try box.container("once")["ExitCode"] == 255)
      #expect(try box.up("ps", "-a").output.contains("Exited (?)"))
    }
  }
}
