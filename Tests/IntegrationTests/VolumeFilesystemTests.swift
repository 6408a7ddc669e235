import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Volumes that are file systems", .timeLimit(.standard), .needsRoot, .serialized)
struct VolumeFilesystemTests {
  private let service = "image: busybox, command: [sleep, infinity], init: true"

  private func compose(_ box: Sandbox, _ options: String, _ services: String) throws {
    try box.compose("services:\n\(services)\nvolumes: { mem: { driver_opts: { \(options) } } }\n")
  }

  private func sh(_ box: Sandbox, _ service: String, _ script: String) throws -> String {
    try box.up("exec", "-T", service, "sh", "-c", script).output
  }

  @Test("one in memory is shared by all that run, with the owners that each should see")
  func shared() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try compose(
        box, #"type: tmpfs, device: tmpfs, o: "size=2m,mode=0751,uid=1000,gid=2000,noexec""#,
        """
          a: { \(service), volumes: ["mem:/data"] }
          b: { \(service), volumes: ["mem:/mnt/deep:ro", "mem:/again"] }
          c: { \(service), volumes: ["mem:/data"], userns_mode: host }
        """)
      try box.up("up", "-d")
      for (service, place) in [("a", "/data"), ("b", "/mnt/deep"), ("b", "/again"), ("c", "/data")]
      {
        let owner = try sh(box, service, "stat -c '%u:%g %a' \(place)")
        #expect(owner == "1000:2000 751\n", "\(service)")
      }
      #expect(try sh(box, "a", "df -k /data | tail -1").contains(" 2048 "))
      try box.up("exec", "-T", "-u", "1000:7", "a", "sh", "-c", "umask 0; echo hi > /data/f")
      #expect(try sh(box, "b", "cat /mnt/deep/f; stat -c %u:%g /again/f") == "hi\n1000:7\n")
      #expect(try sh(box, "c", "stat -c %u:%g /data/f") == "1000:7\n")
      #expect(
        try box.roost(["exec", "-T", "b", "touch", "/mnt/deep/g"]).errors.contains("Read-only"))
      let program = "cp /bin/busybox /data/p; /data/p true"
      #expect(try box.roost(["exec", "-T", "a", "sh", "-c", program]).exitCode != 0)
      // Nothing of it is on the host, and what runs next gets the same.
      let mounts = try Files.readText("/proc/self/mountinfo")
      #expect(!mounts.contains("\(box.root)/volumes"))
      try box.up("restart", "-t", "0", "a")
      try box.up("up", "-d", "--scale", "b=2")
      #expect(try sh(box, "a", "cat /data/f") == "hi\n")
      #expect(
        try box.up("exec", "-T", "--index", "2", "b", "cat", "/again/f").output == "hi\n")
      // With the last container it is gone.
      try box.up("stop", "-t", "0")
      try box.up("start")
      #expect(try sh(box, "a", "ls /data") == "")
    }
  }

  @Test("after all processes were killed nothing is mounted, and the next start begins anew")
  func killed() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try compose(
        box, "type: tmpfs",
        """
          a: { \(service), volumes: ["mem:/data"] }
          b: { \(service), volumes: ["mem:/data"] }
        """)
      try box.up("up", "-d")
      _ = try sh(box, "a", "touch /data/f")
      #expect(try sh(box, "b", "ls /data") == "f\n")
      try box.killKeepers()
      for service in ["a", "b"] {
        let record = try JSON.parse(Files.readText(try box.place(service).initPID))
        let pid = try #require(record["pid"]?.intValue)
        kill(Int32(pid), SIGKILL)
      }
      let hasEnded = try eventually { try box.roost(["ps", "-q"]).output.isEmpty }
      let listed = try box.roost(["ps", "-a"]).text
      #expect(hasEnded, "\(listed)")
      let mounts = try Files.readText("/proc/self/mountinfo")
      #expect(!mounts.contains("\(box.root)/volumes"))
      try box.up("up", "-d")
      #expect(try sh(box, "a", "ls /data") == "")
      _ = try sh(box, "b", "touch /data/g")
      #expect(try sh(box, "a", "ls /data") == "g\n")
    }
  }

  @Test("a device is mounted with its options, and let go of at the end", .needs("mkfs.ext4"))
  func device() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let image = "\(box.directory)/disk"
      try Sandbox.check(["truncate", "-s", "8M", image])
      try Sandbox.check(["mkfs.ext4", "-q", image])
      let loop = try Sandbox.execute(["losetup", "-f", "--show", image]).output
        .split(separator: "\n").first.map(String.init)
      // A machine without loop devices has nothing to try it on.
      guard let loop else { return }
      defer { _ = try? Sandbox.execute(["losetup", "-d", loop]) }
      try compose(
        box, "type: ext4, device: \(loop), o: noatime",
        """
          a: { \(service), volumes: ["mem:/data"] }
          b: { \(service), volumes: ["mem:/data:ro"] }
        """)
      try box.up("up", "-d")
      _ = try sh(box, "a", "echo kept > /data/f")
      #expect(try sh(box, "b", "cat /data/f; stat -c %u /data/f") == "kept\n0\n")
      #expect(try sh(box, "a", "grep ' /data ' /proc/mounts").contains("noatime"))
      try box.up("down", "-t", "0")
      try box.up("up", "-d")
      #expect(try sh(box, "b", "cat /data/f") == "kept\n")
      try box.up("down", "-v", "-t", "0")
    }
  }

  @Test("what cannot be mounted is told with the volume, its type and the reason")
  func refusals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      for (options, line, words) in [
        (#"type: tmpfs, o: "size=abc""#, true, ["size=abc"]),
        ("type: nosuchfs, device: x", false, ["stack_mem", "file systems of the type nosuchfs"]),
        (#"type: nfs, device: ":/x""#, true, ["server"]),
        (#"type: nfs, device: ":/x", o: "addr=no.such.invalid""#, true, ["no.such.invalid"]),
        ("type: ext4", true, ["device"]),
        ("type: ext4, device: /dev/nosuch", false, ["/dev/nosuch"]),
        ("typ: tmpfs", true, ["did you mean type?"]), ("size: 1m", true, ["type, o, device"]),
      ] {
        try compose(box, options, "  a: { \(service), volumes: [\"mem:/data\"] }")
        let result = try box.roost(["up", "-d"])
        #expect(result.exitCode != 0, "\(options)\n\(result.text)")
        #expect(result.errors.contains("compose.yaml:") == line, "\(result.text)")
        for word in words { #expect(result.errors.contains(word), "\(options)\n\(result.text)") }
        try box.up("down", "-v", "-t", "0")
      }
      let driver = try box.roost(["volume", "create", "-d", "nosuch", "v"])
      #expect(driver.exitCode == 1 && driver.errors.contains("known is local"), "\(driver.text)")
      #expect(try box.up("volume", "ls", "-q").output == "")
    }
  }
}
