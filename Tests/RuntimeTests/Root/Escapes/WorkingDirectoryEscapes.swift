import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// Working directories that lead out of a container through what is open (CVE-2024-21626).
@Suite("Escapes by the working directory", .timeLimit(.standard), .needsRoot, .serialized)
struct WorkingDirectoryEscapes {
  /// More than a start ever has open.
  /// The links to the roots of the process that looks and of the container's first one.
  private static let ownRoot = "/proc/self/root"
  private static let firstRoot = "/proc/1/root"
  private static let descriptors = 3..<30

  /// All kinds of mounts, so that all that they need is open while a container starts.
  private static func mounts(_ machine: Machine) throws -> [ContainerMount] {
    let volume = "\(machine.directory)/volume/_data"
    try Files.makeDirectories(volume)
    try Files.write("\(machine.directory)/file", "file")
    return [
      .bind(BindMount(source: volume, target: "/data", copyUp: true)),
      .bind(BindMount(source: volume, target: "/empty", copyUp: true)),
      .bind(BindMount(source: "\(machine.directory)/file", target: "/one")),
      .tmpfs(TmpfsMount(target: "/memory")),
      .file(FileMount(source: "\(machine.directory)/file", target: "/run/secrets/x")),
      .image(ImageMount(lowerDirectories: [machine.rootfs], target: "/image", subpath: "home")),
    ]
  }

  /// Starts a container there. It must not begin outside: neither at all, nor with files of the
  /// machine in reach.
  private static func expectInside(
    _ machine: Machine, _ directory: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    var spec = machine.script("pwd -P; ls ../../../../../../..")
    spec.process.workingDirectory = directory
    spec.mounts = try mounts(machine)
    do {
      let finished = try machine.run(spec)
      let top = try Set(Files.list("/"))
      let seen = finished.output.split(separator: "\n").dropFirst().map(String.init)
      #expect(
        !seen.contains("volume") && !seen.contains("layers") && Set(seen) != top
          && finished.output.hasPrefix("/"), "\(directory): \(finished.output)",
        sourceLocation: sourceLocation)
    } catch let failure as LaunchFailure {
      #expect(
        failure.stage == "working directory", "\(directory): \(failure)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(
    "the directory of an image or a container: every descriptor, with and without more behind it")
  func descriptors() throws {
    try withMachine { machine in
      for number in Self.descriptors {
        try Self.expectInside(machine, "/proc/self/fd/\(number)")
        try Self.expectInside(machine, "/proc/self/fd/\(number)/../../../../..")
      }
      for other in [
        "/proc/self/cwd/../..", "\(Self.ownRoot)/..", "/proc/1/cwd", "\(Self.firstRoot)/../..",
        "/proc/thread-self/cwd", "/proc/self/task/1/fd/7/..", "/dev/fd/7/..", "/dev/stdin/..",
        "/proc/self/map_files/..", "/proc/self/exe/..", "/proc/self/ns/mnt",
      ] { try Self.expectInside(machine, other) }
    }
  }

  @Test("links of the image to descriptors, straight, in a chain and with names that are odd")
  func links() throws {
    try withMachine { machine in
      for number in Self.descriptors {
        try Files.link("\(machine.rootfs)/app\(number)", to: "/proc/self/fd/\(number)/../..")
        try Files.link("\(machine.rootfs)/second\(number)", to: "tmp/../app\(number)/")
        try Files.link("\(machine.rootfs)/odd\n\(number)", to: "dev/../second\(number)")
      }
      for number in Self.descriptors {
        try Self.expectInside(machine, "/app\(number)")
        try Self.expectInside(machine, "/odd\n\(number)")
        try Self.expectInside(machine, "/second\(number)/new")
      }
    }
  }

  @Test("a container that puts a link in the place of its directory and restarts")
  func restart() throws {
    try withMachine { machine in
      for number in Self.descriptors {
        var spec = machine.script(
          """
          if [ -d /app2 ]; then pwd -P; ls ../../../..; else
          mv /app /app2 && ln -s /proc/self/fd/\(number)/../../.. /app; fi
          """)
        spec.process.workingDirectory = "/app"
        spec.mounts = try Self.mounts(machine)
        #expect(try machine.run(spec).exit.code == 0)
        let failure = #expect(throws: LaunchFailure.self) { try machine.run(spec) }
        #expect(failure?.stage == "working directory", "\(number): \(failure.debugDescription)")
      }
    }
  }

  @Test("exec, with a directory of its own and with the container's")
  func exec() throws {
    try withMachine { machine in
      var spec = machine.script(
        """
        mv /app /app2; ln -s /proc/self/fd/7/../.. /app
        for n in 3 4 5 6 7 8 9 10 11 12 13 14 15; do ln -s /proc/self/fd/$n/.. /l$n; done
        touch /ready; sleep 600
        """)
      spec.process.workingDirectory = "/app"
      spec.mounts = try Self.mounts(machine)
      try machine.start(spec)
      try #require(eventually { Files.exists("\(machine.layout.container(spec.id).upper)/ready") })
      var places = ["/app", "/proc/1/cwd", Self.firstRoot, "\(Self.ownRoot)/..", "/dev/fd/5"]
      places += (3..<20).flatMap { ["/proc/self/fd/\($0)", "/proc/self/fd/\($0)/../../.."] }
      places += (3..<16).map { "/l\($0)" }
      for place in places {
        var request = ExecRequest(id: spec.id, arguments: ["/bin/sh", "-c", "pwd -P; ls .."])
        request.workingDirectory = place == "/app" ? nil : place
        let failure = #expect(throws: LaunchFailure.self, "\(place)") { try machine.exec(request) }
        #expect(failure?.stage == "working directory", "\(place)")
      }
    }
  }

  @Test("nothing of the machine is open when the program is about to run")
  func nothingOpen() throws {
    try withMachine { machine in
      var spec = machine.script("ls -l /proc/self/fd")
      spec.mounts = try Self.mounts(machine)
      let place = machine.layout.container(spec.id)
      try Files.makeDirectories(place.state)
      try Files.writeAtomically(place.spec, spec.json.utf8())
      let barrier = try StartBarrier()
      let pending = try Launcher(layout: machine.layout, executable: machine.executable)
        .start(spec.id, barrier: barrier)
      // Its own root is the last thing that it opens of its own file systems.
      var open: [String] = []
      try #require(
        try eventually {
          guard let pid = InitRecord.readIfUsable(place.initPID)?.process.pid,
            try Self.isWaiting(pid)
          else { return false }
          open = try Files.list("/proc/\(pid)/fd").map {
            try Files.readLink("/proc/\(pid)/fd/\($0)")
          }
          return true
        }, "the first process did not come to wait at the barrier")
      for name in open where !["/", "/dev/null"].contains(name) {
        // The user namespace is entered after this; it is no way to a file. The file that says when
        // to begin is empty, open for reading only, and nobody but us may look at this process.
        let isKnown =
          name.hasSuffix(".fifo") || name == place.starting || name.hasPrefix("socket:")
          || name.contains("pidfd")
          || name.hasPrefix("user:")
        #expect(isKnown, "\(open)")
      }
      try barrier.lift()
      _ = try pending.wait()
      #expect(try machine.waitForEnd(spec.id).code == 0)
      // The program has its three streams, and what `ls` itself opens.
      let lines = machine.output(spec.id).split(separator: "\n").filter { $0.contains("->") }
      #expect(lines.filter { !$0.contains("-> /proc/") }.count == 3, "\(lines)")
    }
  }

  /// True when a process waits for a message: in recvmsg(2), or in poll(2) before it.
  private static func isWaiting(_ pid: Int32) throws -> Bool {
    let call = try Files.readText("/proc/\(pid)/syscall")
    return ["47 ", "7 "].contains { call.hasPrefix($0) }
  }

  @Test("a program, an interpreter and PATH that name descriptors find nothing")
  func programs() throws {
    try withMachine { machine in
      for number in Self.descriptors {
        let descriptor = "/proc/self/fd/\(number)"
        for path in ["\(descriptor)/../../../../../bin/sh", descriptor] {
          var spec = machine.spec([path, "-c", "echo out"])
          spec.mounts = try Self.mounts(machine)
          let failure = #expect(throws: LaunchFailure.self, "\(path)") { try machine.start(spec) }
          #expect(failure?.stage == "exec")
        }
        try Files.write(
          "\(machine.rootfs)/bin/script\(number)", "#!\(descriptor)/../../../../bin/sh\n",
          mode: 0o755)
        var spec = machine.spec(["sh", "-c", "echo out"])
        spec.process.environment = [NamedValue("PATH", "\(descriptor)/../../../../../../bin")]
        #expect(throws: LaunchFailure.self) { try machine.start(spec) }
        #expect(throws: LaunchFailure.self) {
          try machine.start(machine.spec(["/bin/script\(number)"]))
        }
      }
    }
  }
}
