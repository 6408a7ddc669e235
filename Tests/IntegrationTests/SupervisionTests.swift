import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("Supervision", .timeLimit(.standard), .needsRoot, .serialized)
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
        try eventually {
          try box.up("logs", "--no-log-prefix", "flaky").output == "run\nrun\nrun\n"
            && box.container("flaky")["State"] == "exited"
        })
      #expect(
        try eventually {
          try box.up("logs", "--no-log-prefix", "always").output.split(separator: "\n").count >= 2
        })
      try box.up("stop", "always")
      // The supervisor ends once nothing is left that it would have to start again.
      #expect(try eventually { try supervisor(of: box) == nil })
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
        try eventually {
          let next = try supervisor(of: box)
          return next != nil && next != first
        })
      // What the next one has to say is not lost either.
      let next = try #require(try supervisor(of: box))
      #expect(try Files.readLink("/proc/\(next)/fd/2").hasSuffix("/supervisor.log"))
      #expect(try box.container("count")["State"] == "running")
      #expect(
        try eventually {
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
          again:
            image: busybox
            command: [sh, -c, "while [ ! -e /go ]; do sleep 0.05; done; exit 1"]
            restart: always
        """)
      try box.up("up", "-d")
      kill(try #require(try supervisor(of: box)), SIGKILL)
      try box.up("exec", "-T", "again", "touch", "/go")
      #expect(
        try eventually {
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
      var last: (shim: Int32?, count: Int) = (nil, 0)
      for _ in 0..<3 {
        // Each time another shim is killed while it writes: when lines came since the last time.
        var next = last
        #expect(
          try eventually {
            next = (try shim(of: box), try lines(of: box).count)
            return next.shim != nil && next.shim != last.shim && next.count > last.count
          }, "the shim \(String(describing: next.shim)) has written \(next.count) lines")
        if let shim = next.shim { kill(shim, SIGKILL) }
        last = next
      }
      try box.up("exec", "-T", "count", "touch", "/go")
      #expect(try eventually { try box.container("count")["State"] == "exited" })
      #expect(try box.container("count")["ExitCode"] == 7)
      let seen = Set(try lines(of: box))
      #expect(seen == Set(1...2000), "\(seen.count) different lines")
    }
  }

  private func lines(of box: Sandbox) throws -> [Int] {
    let output = try box.up("logs", "--no-log-prefix", "count").output
    return output.split(separator: "\n").map { Int($0) ?? -1 }
  }

  /// Counts to 2000 and ends with code 7; goes on beyond 1000 slowly until the file /go is there.
  private let counter = """
    services:
      count:
        image: busybox
        command:
          - sh
          - -c
          - |
            i=0
            while [ $$i -lt 2000 ]; do
              i=$$((i+1)); echo $$i
              [ $$((i % 20)) -ne 0 ] || sleep 0.05
              [ $$i -lt 1000 ] || [ -e /go ] || sleep 1
            done
            exit 7
    """

  private func supervisor(of box: Sandbox) throws -> Int32? {
    try processes(of: box, named: "__supervise").first
  }

  private func shim(of box: Sandbox) throws -> Int32? {
    try processes(of: box, named: "roost-shim").first
  }

  private func processes(of box: Sandbox, named text: String) throws -> [Int32] {
    try box.processes(named: text)
  }
}
