import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// As whom programs run, and what they may do.
@Suite(.timeLimit(.standard), .needsRoot, .serialized)
struct PrivilegeTests {
  private func capabilities(_ text: String) -> [String: String] {
    var result: [String: String] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("Cap") {
      let parts = line.split { $0 == ":" || $0 == "\t" }
      result[String(parts[0])] = String(parts[1])
    }
    return result
  }

  private func hex(_ bits: UInt64) -> String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @Test func `root has the default capabilities and no others`() throws {
    try withMachine { machine in
      let found = capabilities(try machine.output(of: "cat /proc/self/status"))
      let standard = hex(CapabilitySet.dockerDefault.bits)
      #expect(found["CapEff"] == standard)
      #expect(found["CapPrm"] == standard)
      #expect(found["CapBnd"] == standard)
      #expect(found["CapInh"] == hex(0))
      #expect(found["CapAmb"] == hex(0))
    }
  }

  @Test func `another user keeps the bounding set only`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "cat /proc/self/status") { $0.process.user = "user" }
      let found = capabilities(text)
      #expect(found["CapEff"] == hex(0))
      #expect(found["CapPrm"] == hex(0))
      #expect(found["CapBnd"] == hex(CapabilitySet.dockerDefault.bits))
    }
  }

  @Test func `users and groups are looked up in the container`() throws {
    try withMachine { machine in
      let script = "id; echo $HOME"
      func identity(_ user: String, _ groups: [String] = []) throws -> String {
        try machine.output(of: script) {
          $0.process.user = user
          $0.process.additionalGroups = groups
        }
      }
      try #expect(identity("") == "uid=0(root) gid=0(root) groups=0(root)\n/root\n")
      let user = "uid=1000(user) gid=1001(staff) groups=10(wheel),1001(staff)\n/home/user\n"
      try #expect(identity("user") == user)
      try #expect(identity("1000") == user)
      try #expect(
        identity("user:audio", ["wheel", "77"])
          == "uid=1000(user) gid=29(audio) groups=10(wheel),29(audio),77\n/home/user\n")
      try #expect(identity("4000:4001") == "uid=4000 gid=4001 groups=4001\n/\n")
    }
  }

  @Test func `an unknown user is named`() throws {
    try withMachine { machine in
      var spec = machine.script("true")
      spec.process.user = "nobody-here"
      let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(failure?.exitCode == 125)
      #expect(failure?.message == "there is no user \"nobody-here\" in the container's /etc/passwd")
    }
  }

  @Test func `seccomp and missing capabilities refuse what reaches beyond the container`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: """
          grep Seccomp: /proc/self/status
          unshare -U true 2>&1; unshare -m true 2>&1
          mount -t tmpfs none /tmp 2>&1; umount /proc 2>&1
          mount -o remount,rw /sys 2>&1; hostname other 2>&1
          mknod /tmp/disk b 8 0 2>&1; chroot / true && echo chroot works
          true
          """)
      #expect(text.contains("Seccomp:\t2"))
      for line in text.split(separator: "\n").dropFirst().dropLast() {
        #expect(
          line.contains("not permitted") || line.contains("denied"), "was allowed: \(line)")
      }
      #expect(text.hasSuffix("chroot works\n"))
    }
  }

  @Test func `without a seccomp program the capabilities still refuse`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: "grep Seccomp: /proc/self/status; mount -t tmpfs none /tmp 2>&1; true"
      ) { $0.seccompProgram = nil }
      #expect(text.contains("Seccomp:\t0"))
      #expect(text.contains("denied") || text.contains("not permitted"))
    }
  }

  @Test func `no_new_privs is set on request`() throws {
    try withMachine { machine in
      let script = "grep NoNewPrivs /proc/self/status"
      try #expect(machine.output(of: script) == "NoNewPrivs:\t0\n")
      let text = try machine.output(of: script) {
        $0.process.noNewPrivileges = true
        $0.process.user = "1000"
      }
      #expect(text == "NoNewPrivs:\t1\n")
    }
  }

  @Test func `resource limits are set, and what root may not raise is only warned about`() throws {
    try withMachine { machine in
      var spec = machine.script("ulimit -n; ulimit -Hn; ulimit -c")
      spec.process.rlimits = [
        ResourceLimit("nofile", soft: 123, hard: 456), ResourceLimit("core", soft: 0, hard: 0),
      ]
      try #expect(machine.run(spec).output == "123\n456\n0\n")
      var high = machine.script("ulimit -Hn")
      high.process.rlimits = [ResourceLimit("nofile", soft: 64, hard: 1_048_576)]
      let result = try machine.run(high)
      let mayRaise = try Privileges.capabilities().effective & 1 << 24 != 0
      let now = try Privileges.limit(7).hard
      #expect(result.output == (mayRaise || now >= 1_048_576 ? "1048576\n" : "\(now)\n"))
      #expect(result.warnings.isEmpty == (mayRaise || now >= 1_048_576))
    }
  }

  @Test func `the memory score is set, or a warning says why not`() throws {
    try withMachine { machine in
      let script = "cat /proc/self/oom_score_adj"
      try #expect(machine.output(of: script) { $0.process.oomScoreAdjustment = 500 } == "500\n")
      var spec = machine.script(script)
      spec.process.oomScoreAdjustment = -500
      let result = try machine.run(spec)
      #expect(result.output == "-500\n" || !result.warnings.isEmpty)
    }
  }

  @Test func `a program with its set-user-id bit works without no_new_privs`() throws {
    try withMachine { machine in
      let copy = "\(machine.rootfs)/bin/setuid-busybox"
      try Files.write(copy, Files.read("/bin/busybox"), mode: 0o755)
      try Files.setMode(copy, 0o4755)
      // The applet `id` drops nothing.
      try Files.makeDirectories("\(machine.rootfs)/suid")
      try Files.hardLink("\(machine.rootfs)/suid/id", to: copy)
      let with = try machine.output(of: "/suid/id -u 2>&1; true") { $0.process.user = "1000" }
      let without = try machine.output(of: "/suid/id -u 2>&1; true") {
        $0.process.user = "1000"
        $0.process.noNewPrivileges = true
      }
      #expect(with != without || with == "1000\n", "with \(with), without \(without)")
      #expect(without.contains("1000") || without.contains("applet requires root"))
    }
  }
}
