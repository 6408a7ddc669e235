import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Containers without a Compose file", .timeLimit(.standard), .needsRoot, .serialized)
struct ContainerRunTests {
  @Test("run passes output, input and exit codes on, and --rm leaves nothing")
  func foreground() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let result = try box.roost([
        "container", "run", "--rm", "-e", "A=b c", "busybox", "sh", "-c", "echo $$ $A; exit 7",
      ])
      #expect(result.exitCode == 7, "\(result.text)")
      #expect(result.output == "1 b c\n", "\(result.text)")
      #expect(
        try box.roost(["container", "run", "--rm", "-i", "busybox", "cat"], input: "a\u{0}b\n")
          .output == "a\u{0}b\n")
      #expect(try box.roost(["container", "run", "--rm", "busybox", "nosuch"]).exitCode == 127)
      #expect(
        try box.roost(["container", "run", "--rm", "busybox", "/etc/passwd"]).exitCode == 126)
      #expect(try box.roost(["container", "run", "--pull", "never", "nosuch:1"]).exitCode == 125)
      try box.write("cid", "")
      let cid = try box.roost(["container", "run", "--cidfile", "cid", "busybox"])
      #expect(cid.exitCode == 125 && cid.errors.contains("--cidfile"), "\(cid.text)")
      #expect(try box.up("container", "ls", "-aq").output == "")
      expectNothing(of: box)
    }
  }

  @Test("a container runs by the id of its image, and listings show it but no project")
  func detached() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let image = try box.up("image", "ls", "-q").output.split(separator: "\n")[0]
      let id = try box.up(
        "container", "run", "-d", "--name", "sleeper", "--init", String(image), "sleep", "infinity"
      ).output.dropLast()
      #expect(id.count == 64)
      #expect(try box.up("container", "ls", "--format", "{{.Names}}").output == "sleeper\n")
      #expect(try box.up("ls", "-a", "-q").output == "")
      #expect(
        try box.up("container", "exec", String(id.prefix(8)), "hostname").output.dropLast()
          == id.prefix(12))
      #expect(try box.up("container", "top", "sleeper").output.contains("sleep infinity"))
      let taken = try box.roost(["container", "run", "--name", "sleeper", "busybox"])
      #expect(taken.exitCode == 125 && taken.errors.contains("sleeper"), "\(taken.text)")
      let used = try box.roost(["image", "rm", "busybox"])
      #expect(used.exitCode == 1 && used.errors.contains("used by sleeper"), "\(used.text)")
      #expect(try box.roost(["container", "rm", "sleeper"]).exitCode == 1)
      try box.up("container", "rm", "-f", "sleeper")
      expectNothing(of: box)
      try box.up("image", "rm", "busybox")
    }
  }

  @Test("stop, start, restart, kill, wait and logs work on a container by name")
  func lifecycle() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let script = "trap 'echo bye; exit 3' TERM; echo hello; while true; do sleep 0.1; done"
      try box.up("container", "run", "-d", "--name", "it", "busybox", "sh", "-c", script)
      #expect(try eventually { try logs("it", box) == "hello\n" })
      #expect(try box.up("container", "stop", "it").output == "it\n")
      #expect(try box.up("container", "wait", "it").output == "3\n")
      #expect(try logs("it", box) == "hello\nbye\n")
      #expect(
        try box.roost(["container", "exec", "it", "true"]).errors.contains("container start"))
      try box.up("container", "start", "it")
      #expect(try eventually { try logs("it", box) == "hello\nbye\nhello\n" })
      try box.up("container", "restart", "-t", "5", "it")
      try box.up("container", "pause", "it")
      #expect(try box.up("container", "ls", "--format", "{{.State}}").output == "paused\n")
      try box.up("container", "unpause", "it")
      try box.up("container", "kill", "-s", "KILL", "it")
      #expect(try box.up("container", "wait", "it").output == "137\n")
      #expect(try box.up("container", "prune", "-f").output.contains("it"))
      expectNothing(of: box)
    }
  }

  private func logs(_ name: String, _ box: Sandbox) throws -> String {
    try box.up("container", "logs", name).output
  }

  @Test("signals in the foreground are the container's, and its exit code is ours")
  func signals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      for (number, code): (Int32, Int32) in [(SIGINT, 4), (SIGTERM, 5), (SIGUSR1, 6)] {
        let script =
          "trap 'exit 4' INT; trap 'exit 5' TERM; trap 'exit 6' USR1; echo ready; "
          + "while true; do sleep 0.1; done"
        let run = try box.start(["container", "run", "--rm", "busybox", "sh", "-c", script])
        #expect(eventually { run.output == "ready\n" }, "\(run.errors)")
        run.signal(number)
        #expect(try run.wait().exitCode == code)
      }
      // PID 1 without a handler does not see the signal; the user is not kept for that.
      let deaf = try box.start([
        "container", "run", "--name", "deaf", "busybox", "sh", "-c", "echo ready; sleep 1000",
      ])
      #expect(eventually { deaf.output == "ready\n" }, "\(deaf.errors)")
      for _ in 0..<3 {
        deaf.signal(SIGINT)
        #expect(eventually { deaf.hasReceived(SIGINT) })
      }
      let left = try deaf.wait()
      #expect(left.exitCode == 130 && left.errors.contains("container kill deaf"), "\(left.text)")
      try box.up("container", "kill", "deaf")
      try box.up("container", "rm", "deaf")
      expectNothing(of: box)
    }
  }

  @Test("ports are published, and names are answered on a network of one's own")
  func network() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          app: { image: busybox, command: [sleep, infinity], init: true, networks: [front] }
        networks:
          front: { name: front }
        """)
      try box.up("up", "-d")
      try box.up(
        "container", "run", "-d", "--name", "web", "--network", "front", "--network-alias", "www",
        "-p", "127.0.0.1:8099:80", "busybox", "sh", "-c",
        "echo from the web > /tmp/index.html; exec httpd -f -p 80 -h /tmp")
      #expect(try box.up("container", "port", "web", "80").output == "127.0.0.1:8099\n")
      // The verbs know containers of projects too.
      #expect(
        try box.up("container", "exec", "stack-app-1", "cat", "/proc/1/comm").output != "")
      try box.up("container", "restart", "stack-app-1")
      #expect(try box.up("ps", "--format", "{{.State}}").output == "running\n")
      #expect(try box.up("container", "ls", "-q", "--filter", "project=stack").output.count == 13)
      let wget = ["exec", "-T", "app", "wget", "-q", "-O", "-", "http://www/"]
      #expect(try eventually { try box.roost(wget).output == "from the web\n" })
      let curl = ["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8099/"]
      #expect(try eventually { try box.inside(curl).output == "from the web\n" })
      let missing = try box.roost(["container", "run", "--network", "frnt", "busybox"])
      #expect(missing.errors.contains("did you mean front?"), "\(missing.text)")
      #expect(
        try box.up(
          "container", "run", "--rm", "--network", "container:web", "busybox", "hostname"
        ).output == box.up("container", "exec", "web", "hostname").output)
      #expect(
        try box.up(
          "container", "run", "--rm", "--network", "none", "busybox", "ls",
          "/sys/class/net"
        ).output == "lo\n")
      try box.up("container", "rm", "-f", "web")
      try box.up("down")
    }
  }

  @Test("named volumes stay, anonymous ones go with --rm, and limits hold")
  func filesAndLimits() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let run = ["container", "run", "--rm", "-v", "kept:/kept", "-v", "/gone", "busybox"]
      _ = try box.roost(run + ["sh", "-c", "echo 1 > /kept/file"])
      #expect(try box.up("volume", "ls", "-q").output == "kept\n")
      #expect(try box.roost(run + ["cat", "/kept/file"]).output == "1\n")
      let limited = try box.up(
        "container", "run", "--rm", "-u", "app", "-w", "/var", "--read-only", "--ulimit",
        "nofile=99", "--cap-drop", "ALL", "--hostname", "me", "busybox", "sh", "-c",
        "id -un; pwd; ulimit -n; hostname; touch /x 2>/dev/null || echo read-only")
      #expect(limited.output == "app\n/var\n99\nme\nread-only\n")
      try box.up("volume", "rm", "kept")
      expectNothing(of: box)
    }
  }

  @Test("a restart policy and a healthcheck work without a project")
  func supervision() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up(
        "container", "run", "-d", "--name", "again", "--restart", "on-failure:2", "busybox", "sh",
        "-c", "echo once; exit 1")
      #expect(try eventually { try logs("again", box) == "once\nonce\nonce\n" })
      let shown = try box.roost([
        "container", "run", "--name", "shown", "--restart", "on-failure:1", "busybox", "sh", "-c",
        "echo out; echo err >&2; exit 6",
      ])
      #expect(shown.exitCode == 6 && shown.output == "out\nout\n", "\(shown.text)")
      #expect(shown.errors.hasSuffix("err\nerr\n"), "\(shown.text)")
      try box.up(
        "container", "run", "-d", "--name", "well", "--init", "--health-cmd", "true",
        "--health-interval", "100ms", "busybox", "sleep", "infinity")
      #expect(
        try eventually {
          try box.up("container", "ls", "--format", "{{.Status}}").output.contains("(healthy)")
        })
      try box.up("container", "rm", "-f", "again", "shown", "well")
      // Detached and --rm: the supervisor removes it, and then what it needed itself.
      try box.up("container", "run", "-d", "--rm", "busybox", "true")
      #expect(try eventually { try box.up("container", "ls", "-aq").output == "" })
      #expect(eventually { leftovers(of: box).isEmpty }, "\(leftovers(of: box))")
    }
  }

  @Test("a container of --rm goes, also when a command had its project at its end")
  func removedLater() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up("container", "run", "-d", "--name", "brief", "--rm", "busybox", "sleep", "1000")
      let shown = try box.up("container", "inspect", "-f", "{{.State.Pid}} {{.Id}}", "brief")
      let words = shown.output.dropLast().split(separator: " ")
      let pid = try #require(words.first.flatMap { Int32($0) })
      let id = try #require(words.last.flatMap { ObjectID(String($0)) })
      let project = try #require(try Files.list("\(box.layout.root)/projects").first)
      let lock = try FileLock.acquire(box.layout.projectLock(project))
      kill(pid, SIGKILL)
      let restarts = box.layout.container(id).restarts
      #expect(eventually { RestartRecord.readIfUsable(restarts)?.settled != nil })
      // The supervisor saw its end, and could not remove it yet.
      lock.release()
      #expect(try eventually { try box.up("container", "ls", "-aq").output == "" })
      #expect(eventually { leftovers(of: box).isEmpty }, "\(leftovers(of: box))")
    }
  }

  @Test("run says what to do with an image in place of a service")
  func hint() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      #expect(
        try box.roost(["run", "busybox"]).errors.contains("roost container run busybox"))
      try box.compose("services: { app: { image: busybox } }\n")
      #expect(
        try box.roost(["run", "busybox"]).errors.contains("roost container run busybox"))
      #expect(try words(of: ["run", "--help"], box).contains("roost container run"))
      #expect(try words(of: ["container", "run", "--help"], box).contains("`roost run`"))
    }
  }

  /// The output of a command in one line, however it was wrapped.
  private func words(of command: [String], _ box: Sandbox) throws -> String {
    try box.roost(command).output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
  }

  @Test("a terminal has our size, and detaching leaves the container running")
  func terminal() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let program =
        (box.onHost + box.program).joined(separator: " ")
        + " container run --rm -it --name it busybox "
      let size = try Sandbox.execute([
        "script", "-qec", "stty rows 33 cols 101; \(program) sh -c 'tty; stty size; exit 9'",
        "/dev/null",
      ])
      #expect(size.exitCode == 9, "\(size.text)")
      #expect(size.output.contains("/dev/pts/0") && size.output.contains("33 101"), "\(size.text)")
      let refused = try box.roost(["container", "run", "--rm", "-it", "busybox", "sh"])
      #expect(
        refused.exitCode == 125 && refused.errors.contains("not a terminal"), "\(refused.text)")
      // The keys come again and again until the terminal is read, and nobody is there to take them.
      let detached = try Sandbox.execute([
        "sh", "-c",
        "while printf '\\020\\021'; do sleep 0.1; done 2>/dev/null"
          + " | script -qec \"\(program) sleep 1000\" /dev/null",
      ])
      #expect(detached.exitCode == 0, "\(detached.text)")
      #expect(try box.up("container", "ls", "--format", "{{.Names}}").output == "it\n")
      try box.up("container", "rm", "-f", "it")
      expectNothing(of: box)
    }
  }

  // MARK: What is left

  private func leftovers(of box: Sandbox) -> [String] {
    let projects = (try? Files.listIfPresent("\(box.root)/projects")) ?? []
    let running = (try? Files.listIfPresent("\(box.runRoot)/projects")) ?? []
    let networks = (try? box.roost(["network", "ls", "-q"]).output) ?? ""
    return projects + running + networks.split(separator: "\n").map(String.init)
      + ((try? Files.listIfPresent("\(box.root)/containers")) ?? [])
  }

  private func expectNothing(
    of box: Sandbox, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let found = leftovers(of: box)
    #expect(found.isEmpty, "\(found)", sourceLocation: sourceLocation)
  }

  @Test(
    "stop and kill remove what was to go at its end",
    arguments: [["stop", "-t", "0"], ["kill"]])
  func removedByOthers(words: [String]) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up(
        "container", "run", "-d", "--rm", "--name", "gone", "-v", "/v", "busybox", "sleep", "1000")
      try box.up("container", "run", "-d", "--name", "kept", "busybox", "sleep", "1000")
      for name in ["gone", "kept"] {
        let result = try box.roost(["container"] + words + [name])
        #expect(result.exitCode == 0, "\(result.text)")
      }
      let listed = ["container", "ls", "-a", "--format", "{{.Names}}"]
      #expect(try eventually { try box.roost(listed).output == "kept\n" })
      #expect(try eventually { try box.up("volume", "ls", "-q").output == "" })
    }
  }
}
