import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("Bad input", .timeLimit(.standard), .needsRoot, .serialized)
struct BadInputTests {
  /// Runs `up -d` on a broken file, then on a good one.
  private func check(
    _ file: String, exitCode: Int32 = 1, says words: String...,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(file)
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == exitCode, "\(result.text)", sourceLocation: sourceLocation)
      for word in words {
        #expect(result.errors.contains(word), "\(result.text)", sourceLocation: sourceLocation)
      }
      try box.compose(
        "services: { ok: { image: busybox, command: [sleep, infinity], init: true } }")
      let second = try box.roost(["up", "-d", "--remove-orphans"])
      #expect(second.exitCode == 0, "\(second.text)", sourceLocation: sourceLocation)
    }
  }

  @Test("a missing image")
  func image() throws {
    try check(
      "services: { a: { image: nosuch:1 } }", exitCode: 18, says: "nosuch:1", "compose.yaml:1")
  }

  @Test("a command that is not there")
  func command() throws {
    try check("services: { a: { image: busybox, command: [nosuch] } }", says: "nosuch")
  }

  @Test("a command that cannot be executed")
  func notExecutable() throws {
    try check(
      "services: { a: { image: busybox, command: [/etc/passwd] } }", says: "/etc/passwd")
  }

  @Test("a bind source that is not there and must not be made")
  func bindSource() throws {
    try check(
      """
      services:
        a:
          image: busybox
          volumes: [{ type: bind, source: ./nosuch, target: /x, bind: { create_host_path: false } }]
      """, exitCode: 15, says: "nosuch")
  }

  @Test("a dependency that turns unhealthy shows its last probe")
  func unhealthy() throws {
    try check(
      """
      services:
        db:
          image: busybox
          command: [sleep, infinity]
          init: true
          healthcheck: { test: "echo the disk is on fire; exit 1", interval: 100ms, retries: 2 }
        app:
          image: busybox
          command: [sleep, infinity]
          init: true
          depends_on: { db: { condition: service_healthy } }
      """, says: "db", "unhealthy", "the disk is on fire")
  }

  @Test("a place where the kernel makes no namespaces says so, and what to do")
  func chroot() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { a: { image: busybox, command: [sleep, infinity] } }")
      let script = """
        mkdir elsewhere && mount --rbind / elsewhere &&
        exec chroot elsewhere sh -c 'cd "$0" && shift && exec "$@"' "$PWD" x "$@"
        """
      let result = try box.inside(
        ["unshare", "-m", "sh", "-c", script, "sh"]
          + [Sandbox.binary("roost"), "--root", box.root, "--run-root", box.runRoot, "up", "-d"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("does not let roost make namespaces"), "\(result.text)")
      #expect(result.errors.contains("hint: in a chroot"), "\(result.text)")
      try box.up("up", "-d")
    }
  }

  @Test("a port that is taken, and by whom")
  func portTaken() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let holder = try CommandRun(box.onHost + ["busybox", "httpd", "-f", "-p", "8080"])
      #expect(try eventually { try box.inside(["ss", "-Hltn"]).output.contains(":8080 ") })
      try box.compose(
        "services: { a: { image: busybox, command: [sleep, infinity], ports: [\"8080:80\"] } }")
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("8080") && result.errors.contains("busybox"), "\(result.text)")
      holder.signal(SIGKILL)
      _ = try? holder.wait()
      #expect(try box.roost(["up", "-d"]).exitCode == 0)
    }
  }

  @Test("a service name with a typo")
  func serviceName() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: { webserver: { image: busybox, command: [sleep, infinity] } }")
      let result = try box.roost(["up", "-d", "webserer"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("webserver"), "\(result.text)")
    }
  }

  /// How far an `up` has come.
  enum Moment: CaseIterable {
    case started, containerMade, containerRuns, probed

    func isReached(in box: Sandbox) throws -> Bool {
      switch self {
      case .started: true
      case .containerMade: try Files.listIfPresent("\(box.root)/containers") != []
      case .containerRuns: try box.roost(["ps", "-q", "--status", "running"]).output != ""
      case .probed: try box.roost(["exec", "-T", "slow", "test", "-e", "/probed"]).exitCode == 0
      }
    }
  }

  @Test(
    "Ctrl-C during up keeps what there is, and the next up goes on from there",
    arguments: Moment.allCases, [true, false])
  func interrupted(moment: Moment, detached: Bool) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func compose(test: String) throws {
        try box.compose(
          """
          services:
            slow:
              image: busybox
              command: [sh, -c, "echo loaded >> /data/base; exec sleep infinity"]
              stop_grace_period: 0s
              volumes: ["data:/data"]
              healthcheck: { test: "\(test)", interval: 200ms, retries: 100000 }
            late:
              image: busybox
              command: [sleep, infinity]
              init: true
              depends_on: { slow: { condition: service_healthy } }
          volumes: { data: {} }
          """)
      }
      try compose(test: "touch /probed; exit 1")
      let run = try box.start(["up"] + (detached ? ["-d"] : []))
      #expect(try eventually { try moment.isReached(in: box) }, "\(run.errors)")
      run.signal(SIGINT)
      let result = try run.wait()
      #expect(result.exitCode == 130, "\(result.text)")
      if moment == .probed {
        let listed = try box.up("ps", "-a", "--format", "{{.Service}} {{.State}}").output
        #expect(listed == "late created\nslow \(detached ? "running" : "exited")\n")
        #expect(try box.up("volume", "ls", "-q").output == "stack_data\n")
      }
      try compose(test: "true")
      try box.up("up", "-d")
      let base = try box.up("exec", "-T", "slow", "cat", "/data/base").output
      #expect(base.hasPrefix("loaded\n"), "\(base)")
      try box.up("down", "-v")
    }
  }

  @Test("a failed up keeps what there is: its state and logs tell why")
  func failed() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func compose(code: Int) throws {
        try box.compose(
          """
          services:
            load:
              image: busybox
              command: [sh, -c, "echo loading; echo x >> /data/x; exit \(code)"]
              volumes: ["data:/data"]
            bad:
              image: busybox
              command: [nosuch]
            app:
              image: busybox
              command: [sleep, infinity]
              init: true
              depends_on: { load: { condition: service_completed_successfully } }
          volumes: { data: {} }
          """)
      }
      try compose(code: 3)
      let failed = try box.roost(["up", "-d", "app"])
      #expect(failed.exitCode == 1, "\(failed.text)")
      #expect(try box.up("logs", "--no-log-prefix", "load").output == "loading\n")
      let listed = try box.up("ps", "-a", "--format", "{{.Service}} {{.State}} {{.ExitCode}}")
        .output
      #expect(listed == "app created 0\nload exited 3\n")
      #expect(try box.roost(["up", "-d", "bad"]).exitCode != 0)
      #expect(try box.up("ps", "-a", "bad", "--format", "{{.State}}").output == "created\n")
      try compose(code: 0)
      try box.up("up", "-d", "app")
      #expect(
        try box.up(
          "container", "run", "--rm", "-v", "stack_data:/data", "busybox", "cat", "/data/x"
        )
        .output == "x\nx\n")
      try box.up("down", "-v")
    }
  }

  @Test(
    "up --wait fails for what is dead before it has begun",
    arguments: ["exit 1", "sleep 0.2; exit 7"])
  func waitForDead(command: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        "services: { a: { image: busybox, command: [sh, -c, \"echo why; \(command)\"] } }")
      let result = try box.roost(["up", "-d", "--wait"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("ended with exit code"), "\(result.text)")
      #expect(result.errors.contains("it wrote: why"), "\(result.text)")
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sh, -c, "echo did it"] }
          again:
            image: busybox
            command: [sh, -c, "[ -e /once ] && exec sleep infinity; touch /once; exit 1"]
            restart: on-failure
            stop_grace_period: 0s
        """)
      try box.up("up", "-d", "--wait")
      try box.up("down")
    }
  }

  @Test("a root that cannot be written")
  func unwritableRoot() throws {
    try Sandbox.with { box in
      try box.compose("services: { a: { image: busybox } }")
      let result = try box.inside([
        Sandbox.binary("roost"), "--root", "/proc/nosuch", "--run-root", box.runRoot, "up", "-d",
      ])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("/proc/nosuch"), "\(result.text)")
    }
  }
}
