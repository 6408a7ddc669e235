import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("What a container sees", .timeLimit(.standard), .needsRoot, .serialized)
struct IsolationTests {
  private func inside(
    _ box: Sandbox, _ keys: String = "", _ script: String
  ) throws -> Sandbox.Result {
    let lines = keys.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    try box.compose(
      """
      services:
        probe:
          image: busybox
          init: false
      \(lines)
      """)
    return try box.roost(["run", "--rm", "-T", "probe", "sh", "-c", script])
  }

  @Test(
    "each namespace is the container's own",
    arguments: ["ipc", "net", "mnt", "pid", "user", "uts", "cgroup"])
  func namespaces(kind: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let own = try Files.readLink("/proc/self/ns/\(kind)")
      let seen = try inside(box, "", "readlink /proc/self/ns/\(kind)").output
      #expect(!seen.isEmpty)
      #expect(seen != own + "\n")
    }
  }

  @Test("the application is PID 1 and sees only its own processes")
  func processes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let result = try inside(box, "", "echo $$; ls /proc | grep -c '^[0-9]'")
      let lines = result.output.split(separator: "\n")
      #expect(lines.first == "1", "\(result.text)")
      #expect(lines.last.flatMap { Int($0) } ?? 99 <= 4)
    }
  }

  @Test("no descriptor of ours is open inside")
  func descriptors() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      // The first process of `run`, and one that `exec` started.
      let first = try inside(box, "", "sleep 1 & ls /proc/$!/fd; ls /proc/1/fd; :")
      #expect(first.output == "0\n1\n2\n0\n1\n2\n", "\(first.text)")
      try box.compose("services: { probe: { image: busybox, command: [sleep, infinity] } }")
      try box.up("up", "-d")
      let second = try box.up("exec", "-T", "probe", "sh", "-c", "ls /proc/1/fd; ls /proc/$$/fd; :")
      #expect(second.output == "0\n1\n2\n0\n1\n2\n", "\(second.text)")
    }
  }

  @Test("the default capabilities are Docker's, and can be changed")
  func capabilities() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let script = "grep -E 'Cap(Eff|Bnd)|Seccomp:|NoNewPrivs' /proc/self/status"
      let plain = try inside(box, "", script).output
      #expect(plain.contains("CapEff:\t00000000a80425fb"), "\(plain)")
      #expect(plain.contains("CapBnd:\t00000000a80425fb"))
      #expect(plain.contains("Seccomp:\t2"))
      let none = try inside(box, "cap_drop: [ALL]", script).output
      #expect(none.contains("CapEff:\t0000000000000000"))
      let user = try inside(box, "user: app", script).output
      #expect(user.contains("CapEff:\t0000000000000000"))
      let strict = try inside(box, "security_opt: [no-new-privileges]", script).output
      #expect(strict.contains("NoNewPrivs:\t1"))
    }
  }

  @Test("dangerous calls are refused")
  func refusals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let script = """
        mount -t tmpfs x /mnt 2>/dev/null && echo mounted
        unshare -m true 2>/dev/null && echo unshared
        mknod /tmp/sda b 8 0 2>/dev/null && head -c1 /tmp/sda >/dev/null 2>&1 && echo disk
        echo 1 2>/dev/null > /proc/sys/kernel/sysrq && echo sysrq
        cat /proc/kcore 2>/dev/null | head -c1 | grep -q . && echo kcore
        echo x 2>/dev/null > /sys/kernel/uevent_helper && echo sysfs
        echo end
        """
      #expect(try inside(box, "", script).output == "end\n")
    }
  }

  @Test("users and groups come from the container's own files")
  func users() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      #expect(try inside(box, "user: app", "id -u; id -G").output == "1000\n1000 2000\n")
      #expect(try inside(box, "user: \"1234:56\"", "id -u; id -g").output == "1234\n56\n")
      #expect(try inside(box, "group_add: [extra]", "id -G").output.contains("2000"))
    }
  }

  @Test("limits, sysctls, shm, tmpfs and read-only roots are as asked")
  func limits() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let keys = """
        mem_limit: 64m
        pids_limit: 50
        shm_size: 8m
        read_only: true
        tmpfs: ["/scratch:size=1m,mode=700"]
        hostname: probe
        ulimits: { nofile: { soft: 100, hard: 200 } }
        sysctls:
          net.ipv4.ip_unprivileged_port_start: "90"
          net.ipv4.ping_group_range: "1000 2147483647"
        """
      let script = """
        hostname
        ulimit -n
        cat /proc/sys/net/ipv4/ip_unprivileged_port_start
        cat /proc/sys/net/ipv4/ping_group_range
        df -k /dev/shm | tail -1 | awk '{print $2}'
        df -k /scratch | tail -1 | awk '{print $2}'
        touch /file 2>/dev/null || echo read-only
        touch /scratch/file && echo scratch
        """
      let result = try inside(box, keys, script)
      #expect(
        result.output == "probe\n100\n90\n1000\t65535\n8192\n1024\nread-only\nscratch\n",
        "\(result.text)")
    }
  }

  @Test("how many files may be open does not depend on the shell that roost is called from")
  func openFiles() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web: { image: busybox, command: [sh, -c, "ulimit -n; ulimit -Hn; sleep 1000"] }
        """)
      // Root without CAP_SYS_RESOURCE, as in some containers, cannot raise its hard limit.
      let hard = try Privileges.limit(Int32(RLIMIT_NOFILE.rawValue)).hard
      let raising = [
        "prlimit", "--nofile=200:200", "prlimit", "--nofile=1048576:1048576", "true",
      ]
      let canRaise = try CommandRun(raising).wait(minutes: 1).exitCode == 0
      let few = ["prlimit", "--nofile=200:\(canRaise ? 200 : hard)"] + box.program
      let result = try box.inside(few + ["up", "-d"])
      #expect(result.exitCode == 0, "\(result.text)")
      let most = canRaise ? 1_048_576 : min(hard, 1_048_576)
      let wanted = "\(most)\n"
      #expect(
        try eventually {
          try box.up("logs", "--no-log-prefix", "web").output == wanted + wanted
        })
      let exec = try box.inside(few + ["exec", "-T", "web", "sh", "-c", "ulimit -n"])
      #expect(exec.output == wanted)
      // The supervisor and what it starts again have as many.
      let supervisor = try #require(try box.processes(named: "__supervise").first)
      let limits = try Files.readText("/proc/\(supervisor)/limits")
      let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
      let numbers = line.split(separator: " ").compactMap { UInt64($0) }
      #expect(numbers.count == 2 && numbers.allSatisfy { $0 >= most })
    }
  }

  @Test("memory over the limit is the end of the process, and is said")
  func memory() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          hog:
            image: busybox
            command: ["sh", "-c", "x=a; while :; do x=$$x$$x; done"]
            mem_limit: 32m
        """)
      try box.up("up", "-d")
      #expect(
        try eventually {
          try box.container("hog")["ExitCode"] == 137
        })
    }
  }
}
