import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// How programs start, end, and are controlled.
@Suite(.timeLimit(.standard), .needsRoot, .serialized)
struct ProgramTests {
  @Test func `the program is PID 1 and its exit code is recorded`() throws {
    try withMachine { machine in
      let result = try machine.run(machine.script("echo $$; echo bad >&2; exit 7"))
      #expect(result.output == "1\n")
      #expect(result.errors == "bad\n")
      #expect(result.exit.code == 7)
      #expect(result.exit.signal == nil)
      #expect(result.exit.codeKnown)
      #expect(result.warnings == [])
      let started = try #require(result.exit.startedAt)
      #expect(started <= result.exit.finishedAt)
    }
  }

  @Test func `a signal that ends the program shows as 128 and its number`() throws {
    try withMachine { machine in
      let spec = machine.spec(["sleep", "100"])
      try machine.start(spec)
      try #expect(machine.process.signal(spec.id, SIGKILL))
      let exit = try machine.waitForEnd(spec.id)
      #expect(exit.code == 137)
      #expect(exit.signal == SIGKILL)
      #expect(!exit.oomKilled)
      try #expect(machine.process.signal(spec.id, SIGTERM) == false)
    }
  }

  @Test func `a program without a handler ignores SIGTERM as PID 1, but not under init`() throws {
    try withMachine { machine in
      var spec = machine.spec(["sleep", "100"])
      spec.initProcess = true
      try machine.start(spec)
      try machine.process.signal(spec.id, SIGTERM)
      try #expect(machine.waitForEnd(spec.id).code == 143)
    }
  }

  @Test func `init reaps orphans, passes the exit code on and shows nothing of ours`() throws {
    try withMachine { machine in
      var spec = machine.script(
        """
        echo $$ $PPID; (sleep 0.05 &) ; sleep 0.3
        ps -o stat= | grep -c Z; cat /proc/1/cmdline | tr '\\0' ' '; echo
        ls /proc/1/fd 2>/dev/null | wc -l; cat /proc/1/comm; exit 9
        """)
      spec.initProcess = true
      let result = try machine.run(spec)
      let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[0] == "2 1")
      #expect(lines[1] == "0", "no zombie is left")
      #expect(!lines[2].contains("/"), "\(lines[2])")
      #expect(lines[4] == "roost-init")
      #expect(result.exit.code == 9)
    }
  }

  @Test func `commands that cannot run end with 127 or 126 and name the command`() throws {
    try withMachine { machine in
      for (command, code, message) in [
        ("nosuch", 127, "exec \"nosuch\": executable file not found in $PATH"),
        ("/nosuch", 127, "exec \"/nosuch\": no such file or directory"),
        ("/etc/not-executable", 126, "exec \"/etc/not-executable\": permission denied"),
        ("/etc", 126, "exec \"/etc\": permission denied"),
        ("/bin/not-a-program", 126, "exec \"/bin/not-a-program\": exec format error"),
        (
          "/bin/bad-interpreter", 127,
          "exec \"/bin/bad-interpreter\": the interpreter that it asks for does not exist"
        ), ("", 127, "there is no command to execute"),
      ] {
        let spec = machine.spec([command])
        let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
        #expect(failure?.exitCode == Int32(code))
        #expect(failure?.message == message)
        #expect(machine.process.status(spec.id) == .created)
        try #expect(Files.list(machine.layout.container(spec.id).run) == [])
      }
    }
  }

  @Test func `variables that every program needs are there`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "env | sort") {
        $0.process.environment = [NamedValue("A", "1"), NamedValue("A", "two words")]
      }
      let names = text.split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(names == ["A", "HOME", "HOSTNAME", "PATH", "PWD", "SHLVL"])
      #expect(text.contains("A=two words\n") && text.contains("HOSTNAME=box\n"))
    }
  }

  @Test func `a container that runs already is not started twice`() throws {
    try withMachine { machine in
      let spec = machine.spec(["sleep", "100"])
      try machine.start(spec)
      let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(failure?.message == "the container is running already")
      #expect(machine.process.status(spec.id).process != nil)
    }
  }

  @Test func `a container can be started again and keeps its files`() throws {
    try withMachine { machine in
      let spec = machine.script("cat /count 2>/dev/null; echo x >> /count")
      try #expect(machine.run(spec).output == "")
      try #expect(machine.run(spec).output == "x\n")
      try #expect(machine.run(spec).output == "x\nx\nx\n", "the log goes on as well")
    }
  }

  @Test func `a paused container stands still until it goes on`() throws {
    try withMachine { machine in
      let (spec, ticks) = try ticking(machine)
      try machine.start(spec)
      #expect(eventually { ticks() > 0 })
      try machine.process.pause(spec.id)
      guard case .paused = machine.process.status(spec.id) else {
        Issue.record("\(machine.process.status(spec.id))")
        return
      }
      let request = ExecRequest(id: spec.id, arguments: ["true"])
      let refusal = #expect(throws: LaunchFailure.self) { try machine.exec(request) }
      #expect(refusal?.message.contains("paused") == true)
      let before = ticks()
      // While another container goes on, this one does nothing.
      let (other, otherTicks) = try ticking(machine)
      try machine.start(other)
      #expect(eventually { otherTicks() > 20 })
      #expect(ticks() == before)
      let written = machine.output(spec.id).count
      try machine.process.unpause(spec.id)
      #expect(eventually { ticks() > before }, "it goes on")
      #expect(eventually { machine.output(spec.id).count > written }, "it writes again")
    }
  }

  /// A container that counts until it is ended, and how far it has come.
  private func ticking(_ machine: Machine) throws -> (ContainerSpec, () -> Int) {
    var spec = machine.script("while true; do echo tick; echo >> /out/ticks; sleep 0.01; done")
    let place = "\(machine.directory)/\(spec.id)"
    try Files.makeDirectories(place)
    spec.mounts = [.bind(BindMount(source: place, target: "/out"))]
    return (spec, { ((try? Files.read("\(place)/ticks")) ?? []).count })
  }

  @Test func `processes and use are told`() throws {
    try withMachine { machine in
      let spec = machine.script("sleep 77 & sleep 78 & wait")
      try machine.start(spec)
      #expect(
        eventually {
          machine.process.processes(spec.id).filter { $0.arguments.first == "sleep" }.count == 2
        }, "both programs run")
      let members = machine.process.processes(spec.id)
      #expect(members[0].arguments.first == "/bin/sh")
      #expect(Set(members.dropFirst().map(\.arguments)) == [["sleep", "77"], ["sleep", "78"]])
      #expect(members.dropFirst().allSatisfy { $0.parent == members[0].pid })
      let statistics = try #require(machine.process.statistics(spec.id))
      #expect(statistics.memory > 0)
      #expect(statistics.processes == 3)
      #expect(statistics.processorNanoseconds > 0)
    }
  }

  @Test func `killing the shim while it starts a container leaves nothing`() throws {
    try withMachine { machine in
      let moments: [(ObjectID) -> Bool] = [
        { _ in true },
        { machine.process.shim($0) != nil },
        {
          CgroupManager().directories(CgroupSpec.standardPath($0)).contains(where: Files.exists)
        },
        { !machine.process.processes($0).isEmpty },
        { Files.exists(machine.layout.container($0).initPID) },
      ]
      for hasCome in moments + moments {
        let pending = try machine.launch(machine.spec(["sleep", "100"]))
        while !hasCome(pending.id), try !isOver(pending) { sched_yield() }
        pending.cancel()
        let result = Result { try pending.wait() }
        guard case .failure = result else {
          try machine.process.signal(pending.id, SIGKILL)
          continue
        }
        #expect(
          eventually {
            machine.process.processes(pending.id).isEmpty
          }, "its processes are gone")
      }
    }
  }

  private func isOver(_ pending: PendingLaunch) throws -> Bool {
    var entries = [pollfd(fd: pending.descriptor, events: Int16(POLLIN), revents: 0)]
    return try Descriptors.poll(&entries, timeoutMilliseconds: 0)
  }
}
