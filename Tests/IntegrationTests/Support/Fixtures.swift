import Glibc
import Linux
import TestSupport
import Testing

/// Things that tests run, made from Debian packages when they are asked for.
extension Sandbox {
  /// Imports an image `busybox` with every applet; made from the package busybox-static. `program`
  /// is `roost` with its roots, when it is not the one that was built.
  func importBusybox(with program: [String]? = nil) throws {
    let rootfs = "\(directory)/busybox"
    for name in ["etc", "tmp", "root", "var"] {
      try Files.makeDirectories("\(rootfs)/\(name)")
    }
    try Busybox.install(below: rootfs)
    try Files.write(
      "\(rootfs)/etc/passwd",
      Array("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n".utf8), mode: 0o644)
    try Files.write(
      "\(rootfs)/etc/group", Array("root:x:0:\napp:x:1000:\nextra:x:2000:app\n".utf8),
      mode: 0o644)
    try Self.check(["chmod", "1777", "\(rootfs)/tmp"])
    try Self.check(["tar", "-C", rootfs, "-cf", "\(directory)/busybox.tar", "."])
    let archive = "\(directory)/busybox.tar"
    try Self.check(
      (program ?? self.program)
        + ["image", "import", "--change", "CMD [\"sh\"]", archive, "busybox"])
    try Files.removeTree(rootfs)
  }
}

/// In CI a skipped root suite is a failure, not a detail.
@Suite("Root", .timeLimit(.standard))
struct RootSuite {
  @Test("CI runs the tests that need root")
  func continuousIntegrationIsRoot() {
    if getenv("CI") != nil { #expect(isRoot, "the integration tests were skipped") }
  }
}
