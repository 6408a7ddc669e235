import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Processes of ours that are killed", .timeLimit(.standard), .needsRoot, .serialized)
struct KilledProcessTests {
  @Test("a program that repeats itself at full speed loses and doubles nothing")
  func identicalLines() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let line = String(repeating: "x", count: 99)
      try box.compose(
        """
        services:
          writer:
            image: busybox
            logging: { options: { max-size: 1g } }
            volumes: [./flags:/flags]
            command:
              - sh
              - -c
              - |
                while [ ! -e /flags/go ]; do sleep 0.01; done
                yes \(line) | head -n 200000 &
                yes \(line) | head -n 200000 >&2 &
                wait
                printf end
                exit 7
        """)
      try box.write("flags/none", "")
      try box.up("up", "-d")
      let place = try box.place("writer")
      try box.write("flags/go", "")
      let kills = killShims(of: place)
      #expect(kills > 0)
      #expect(eventually { ExitRecord.read(of: place)?.code == 7 })
      let counts = try lines(of: place)
      #expect(counts.count == 3, "\(kills) kills")
      #expect(counts["stdout F \(line)"] == 200_000)
      #expect(counts["stderr F \(line)"] == 200_000)
      #expect(counts["stdout P end"] == 1)
    }
  }

  /// Kills the shim, and each that follows it, while it writes; returns how many were killed.
  private func killShims(of place: ContainerLayout) -> Int {
    var size: Int64 = 0
    var kills = 0
    while kills < 40 {
      let before = size
      let isMore = eventually { Files.exists(place.exit) || logSize(place) > before }
      if !isMore || Files.exists(place.exit) { break }
      size = logSize(place)
      if let shim = ProcessIdentity.readIfUsable(place.shimPID), shim.isAlive {
        kill(shim.pid, SIGKILL)
        kills += 1
      }
    }
    return kills
  }

  private func logSize(_ place: ContainerLayout) -> Int64 {
    (try? Files.status(place.log).size) ?? 0
  }

  /// How often each line is in a log, without its time.
  private func lines(of place: ContainerLayout) throws -> [String: Int] {
    var counts: [String: Int] = [:]
    for line in try Files.read(place.log).split(separator: 0x0A) {
      counts[String(decoding: line.dropFirst(31), as: UTF8.self), default: 0] += 1
    }
    return counts
  }

  @Test("a project whose supervisor and shims are all killed comes back without a command")
  func allButKeepers() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          one: { image: busybox, command: [sh, -c, "while sleep 0.05; do echo x; done"] }
          two: { image: busybox, command: [sleep, "1000"] }
        """)
      try box.up("up", "-d")
      let places = try ["one", "two"].map { try box.place($0) }
      let programs = places.map { InitRecord.readIfUsable($0.initPID)?.process }
      let found = try ["__supervise", "roost-shim"].flatMap { try box.processes(named: $0) }
      for signal in [SIGSTOP, SIGKILL] { for pid in found { kill(pid, signal) } }
      let size = logSize(places[0])
      #expect(eventually { logSize(places[0]) > size })
      #expect(
        try eventually {
          let shims = try box.processes(named: "roost-shim")
          let supervisors = try box.processes(named: "__supervise")
          return (shims + supervisors).count == 3
            && Set(shims + supervisors).isDisjoint(with: found)
        })
      #expect(places.map { InitRecord.readIfUsable($0.initPID)?.process } == programs)
    }
  }

  @Test("a supervisor that is killed during a pause counts the restart once")
  func pauses() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          keep: { image: busybox, command: [sleep, "1000"] }
          flaky:
            image: busybox
            restart: on-failure:5
            command: [sh, -c, "echo run; exit 3"]
        """)
      try box.up("up", "-d")
      let place = try box.place("flaky")
      var seen = 0
      #expect(
        try eventually {
          let stored = RestartRecord.readIfUsable(place.restarts)
          if let stored, stored.waiting, stored.count > seen {
            seen = stored.count
            for pid in try box.processes(named: "__supervise") { kill(pid, SIGKILL) }
          }
          return stored?.settled != nil
        })
      #expect(seen > 0)
      #expect(
        try box.up("logs", "--no-log-prefix", "flaky").output.split(separator: "\n").count == 6)
      #expect(RestartRecord.readIfUsable(place.restarts)?.count == 5)
      let events = try Files.readText(box.layout.projectEvents("stack"))
      let ends = events.split(separator: "\n").filter {
        $0.contains("\"die\"") && $0.contains("\"flaky\"")
      }
      #expect(ends.count == 6)
    }
  }

  @Test("a supervisor that is killed while it starts a container again leaves the right code")
  func duringStart() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          keep: { image: busybox, command: [sleep, "1000"] }
          flaky:
            image: busybox
            deploy: { restart_policy: { condition: any, delay: 50ms } }
            command: [sh, -c, "exit 3"]
        """)
      try box.up("up", "-d")
      let place = try box.place("flaky")
      var last: ProcessIdentity?
      var kills = 0
      var codes: Set<Int32> = []
      #expect(
        try eventually {
          if let exit = ExitRecord.read(of: place) { codes.insert(exit.code) }
          let shim = ProcessIdentity.readIfUsable(place.shimPID)
          guard let shim, shim != last, shim.isAlive else { return kills >= 10 }
          last = shim
          for pid in try box.processes(named: "__supervise") {
            kill(pid, SIGKILL)
            kills += 1
          }
          return kills >= 10
        })
      #expect(codes == [3])
      let count = RestartRecord.readIfUsable(place.restarts)?.count ?? 0
      #expect(eventually { (RestartRecord.readIfUsable(place.restarts)?.count ?? 0) > count + 2 })
      #expect(ExitRecord.read(of: place)?.code ?? 3 == 3)
    }
  }

  @Test(
    "when all are killed, whoever looks is told so and brings them back",
    arguments: [
      ["ps"], ["logs"], ["exec", "-T", "web", "true"], ["top"], ["ls"], ["kill", "-s", "USR1"],
      ["container", "ls"], ["container", "top", "stack-web-1"],
      ["container", "port", "stack-web-1"],
      ["container", "inspect", "stack-web-1"], ["container", "kill", "-s", "USR1", "stack-web-1"],
    ])
  func allKilled(words: [String]) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { web: { image: busybox, command: [sleep, '1000'] } }")
      try box.up("up", "-d")
      try box.killKeepers()
      let result = try box.roost(words)
      #expect(result.exitCode == 0 && result.errors.contains("were killed"), "\(result.text)")
      #expect(
        try eventually {
          try box.processes(named: "__supervise").count == 1
            && box.processes(named: "roost-shim").count == 1
        })
      #expect(try !box.up("ps").errors.contains("were killed"))
    }
  }

  @Test("a wait for health goes on when all are killed under it")
  func healthWait() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("flags/none", "")
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sleep, "1000"], depends_on: {
            web: { condition: service_healthy } } }
          web:
            image: busybox
            command: [sleep, "1000"]
            volumes: [./flags:/flags]
            healthcheck: { test: [CMD, test, -e, /flags/ok], interval: 100ms, retries: 100000 }
        """)
      let run = try box.start(["up", "-d", "a"])
      #expect(try eventually { try box.processes(named: "roost-shim").count == 1 })
      let place = try box.place("web")
      #expect(eventually { HealthReport.readIfUsable(place.health)?.probes.isEmpty == false })
      try box.killKeepers()
      try box.write("flags/ok", "")
      let result = try run.wait()
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(try box.container("a")["State"] == "running")
    }
  }

  @Test("a connection that drops stops what is in the foreground, in order; nohup does not")
  func hangUp() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sh, -c, "trap 'echo bye; exit 0' TERM; echo on; while :; do sleep 0.1; done"]
        """)
      let run = try box.start(["up"])
      #expect(eventually { run.output.contains("| on") })
      // The shell tells of it and so does the kernel.
      run.signal(SIGHUP)
      #expect(eventually { run.hasReceived(SIGHUP) })
      run.signal(SIGHUP)
      #expect(try run.wait().exitCode == 130)
      #expect(try box.up("logs", "--no-log-prefix").output == "on\nbye\n")
      #expect(try box.container("web")["State"] == "exited")

      let kept = try box.start(["up"], program: ["nohup"] + box.program)
      #expect(eventually { kept.output.contains("| on") })
      kept.signal(SIGHUP)
      #expect(eventually { kept.hasReceived(SIGHUP) })
      #expect(try box.container("web")["State"] == "running")
      kept.signal(SIGTERM)
      #expect(try kept.wait().exitCode == 130)
    }
  }
}

@Suite("A full disk", .timeLimit(.standard), .needsRoot, .serialized)
struct FullDiskTests {
  @Test("the exit code of a program that ends meanwhile is kept")
  func exitCode() throws {
    try Sandbox.with { box in
      try Sandbox.check(["mount", "-t", "tmpfs", "-o", "size=64m", "store", box.root])
      defer { _ = try? Sandbox.execute(["umount", "-l", box.root]) }
      try box.importBusybox()
      try box.write("flags/none", "")
      try box.compose(
        """
        services:
          once:
            image: busybox
            volumes: [./flags:/flags]
            command: [sh, -c, "while [ ! -e /flags/go ]; do sleep 0.05; done; exit 7"]
        """)
      try box.up("up", "-d")
      let place = try box.place("once")
      let filler = "\(box.root)/filler"
      let fill = try Sandbox.execute(["dd", "if=/dev/zero", "of=\(filler)", "bs=4k"])
      #expect(fill.exitCode != 0)
      try box.write("flags/go", "")
      #expect(eventually { Files.exists(place.exitAside) })
      #expect(!Files.exists(place.exit))
      #expect(try box.container("once")["ExitCode"] == 7)
      try Files.remove(filler)
      #expect(try box.container("once")["ExitCode"] == 7)
      #expect(Files.exists(place.exit) && !Files.exists(place.exitAside))
      try box.up("down", "-v", "-t", "1")
    }
  }
}

@Suite("Lines in several writes", .timeLimit(.standard), .needsRoot, .serialized)
struct LogPartTests {
  @Test("logs and up show a line whole that a program writes in pieces")
  func pieces() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      // Each line is longer than what the log keeps in one piece.
      func service(_ letter: String) -> String {
        """
          \(letter):
            image: busybox
            command:
              - sh
              - -c
              - |
                for i in 1 2 3; do
                  head -c 20000 /dev/zero | tr '\\0' \(letter)
                  sleep 0.1
                  echo end
                  printf half; sleep 0.1; echo way
                done
                printf last
        """
      }
      try box.compose("services:\n\(service("a"))\n\(service("b"))\n")
      let shown = try box.up("up")
      let logs = try box.up("logs")
      try box.up("down")
      try box.up("up", "-d")
      let followed = try box.up("logs", "-f")
      for output in [shown.output, logs.output, followed.output] {
        let lines = output.split(separator: "\n").filter { $0.contains("-1  | ") }.sorted()
        let expected = ["a", "b"].flatMap { letter in
          Array(repeating: "\(String(repeating: letter, count: 20_000))end", count: 3)
            + Array(repeating: "halfway", count: 3) + ["last"]
        }
        let texts = lines.map { String($0.drop { $0 != "|" }.dropFirst(2)) }
        #expect(texts.sorted() == expected.sorted(), "\(texts.map(\.count))")
      }
    }
  }
}
