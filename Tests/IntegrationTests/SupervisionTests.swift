import Glibc
import Linux
import Model
import Testing

@Suite("Supervision", .enabled(if: isRoot, "needs root"), .serialized)
struct SupervisionTests {
  @Test("restart policies act, and a stop by hand ends them")
  func restart() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          flaky:
            image: busybox
            restart: on-failure:2
            command: ["sh", "-c", "echo run; exit 1"]
          always:
            image: busybox
            restart: always
            command: ["sh", "-c", "trap 'exit 0' TERM; sleep 0.2 & wait; echo again"]
        """)
      try box.up("up", "-d")
      #expect(
        try Sandbox.eventually {
          try box.up("logs", "--no-log-prefix", "flaky").output == "run\nrun\nrun\n"
            && box.container("flaky")["State"] == "exited"
        })
      #expect(
        try Sandbox.eventually {
          try box.up("logs", "--no-log-prefix", "always").output.split(separator: "\n").count >= 2
        })
      try box.up("stop", "always")
      usleep(1_500_000)
      #expect(try box.container("always")["State"] == "exited")
    }
  }

  @Test("the supervisor is back after kill -9, and nothing stops")
  func supervisorKilled() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(counter)
      try box.up("up", "-d")
      let first = try #require(try supervisor(of: box))
      kill(first, SIGKILL)
      #expect(
        try Sandbox.eventually {
          let next = try supervisor(of: box)
          return next != nil && next != first
        })
      #expect(try box.container("count")["State"] == "running")
      #expect(
        try Sandbox.eventually {
          try box.roost(["exec", "-T", "count", "nslookup", "count"]).exitCode == 0
        })
    }
  }

  @Test("restart policies act on what ends after the supervisor was killed")
  func restartAfterKill() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          again: { image: busybox, command: [sh, -c, "sleep 1; exit 1"], restart: always }
        """)
      try box.up("up", "-d")
      kill(try #require(try supervisor(of: box)), SIGKILL)
      #expect(
        try Sandbox.eventually {
          let count = try box.up("container", "inspect", "-f", "{{.RestartCount}}", "stack-again-1")
          return (Int(count.output.dropLast()) ?? 0) >= 2
        })
    }
  }

  @Test("a shim killed with -9 loses no line and no exit code")
  func shimKilled() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(counter)
      try box.up("up", "-d")
      for _ in 0..<3 {
        usleep(200_000)
        if let shim = try shim(of: box) { kill(shim, SIGKILL) }
      }
      #expect(
        try Sandbox.eventually(seconds: 40) {
          try box.container("count")["State"] == "exited"
        })
      #expect(try box.container("count")["ExitCode"] == 7)
      let lines = try box.up("logs", "--no-log-prefix", "count").output.split(separator: "\n")
      var seen: Set<Int> = []
      for line in lines { seen.insert(Int(line) ?? -1) }
      #expect(seen == Set(1...2000), "\(seen.count) different lines")
    }
  }

  /// Counts to 2000 within a few seconds and ends with code 7.
  private let counter = """
    services:
      count:
        image: busybox
        command:
          - sh
          - -c
          - |
            i=0
            while [ $$i -lt 2000 ]; do i=$$((i+1)); echo $$i; [ $$((i % 20)) -ne 0 ] || sleep 0.05; done
            exit 7
    """

  private func supervisor(of box: Sandbox) throws -> Int32? {
    try processes(of: box, named: "__supervise").first
  }

  private func shim(of box: Sandbox) throws -> Int32? {
    try processes(of: box, named: "roost-shim").first
  }

  private func processes(of box: Sandbox, named text: String) throws -> [Int32] {
    try Files.list("/proc").compactMap { Int32($0) }.filter { pid in
      guard let bytes = try? Files.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else {
        return false
      }
      let command = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
      return command.contains(box.directory) && command.contains(text)
        && !command.contains("nsenter")
    }
  }
}
