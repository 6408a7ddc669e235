import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The calls of a container's start", .timeLimit(.standard))
struct ContainerStartTests {
  private let rig: StartRig

  init() throws { rig = try StartRig() }

  /// Every call of a plain container's start, but for the dropped capabilities one by one.
  static let plain = [
    "prctl DUMPABLE false",
    "prctl NAME roost-init",
    "umask 22",
    "setsid",
    "open_tree CGROUPS/box",
    "open /run/box/stdout.fifo",
    "open /run/box/stderr.fifo",
    "unshare cgroup",
    "loopback",
    "sethostname box",
    "setdomainname ",
    "mount / rec slave",
    "mkdir -p /state/upper",
    "mkdir -p /state/work",
    "mount /state/upper overlay (lowerdir=/layers/top:/layers/bottom,upperdir=/state/upper,"
      + "workdir=/state/work,index=off,redirect_dir=off,metacopy=off)",
    "chdir /state/upper",
    "pivot_root",
    "open /",
    "close all but / /run/box/stderr.fifo /run/box/stdout.fifo CGROUPS/box handshake made word",
    "fsopen proc nosuid nodev noexec",
    "move_mount proc to /proc",
    "fsopen tmpfs mode=755 size=65536k nosuid strictatime",
    "move_mount tmpfs to /dev",
    "mkdir /dev/pts",
    "fsopen devpts newinstance ptmxmode=0666 mode=0620 gid=5 nosuid noexec",
    "move_mount devpts to /dev/pts",
    "mkdir /dev/shm",
    "fsopen tmpfs from shm mode=1777 size=67108864 nosuid nodev noexec",
    "move_mount tmpfs to /dev/shm",
    "mkdir /dev/mqueue",
    "fsopen mqueue nosuid nodev noexec",
    "move_mount mqueue to /dev/mqueue",
    "symlink /dev/fd to /proc/self/fd",
    "symlink /dev/stdin to /proc/self/fd/0",
    "symlink /dev/stdout to /proc/self/fd/1",
    "symlink /dev/stderr to /proc/self/fd/2",
    "symlink /dev/core to /proc/kcore",
    "symlink /dev/ptmx to pts/ptmx",
    "fsopen sysfs ro ro nosuid nodev noexec",
    "move_mount sysfs to /sys",
    "mount_setattr CGROUPS/box ro nosuid nodev noexec private",
    "move_mount CGROUPS/box to /sys/fs/cgroup",
    "mknod /dev/null c 1:3 666",
    "mknod /dev/zero c 1:5 666",
    "mknod /dev/full c 1:7 666",
    "mknod /dev/random c 1:8 666",
    "mknod /dev/urandom c 1:9 666",
    "mknod /dev/tty c 5:0 666",
    "open /dev/null",
    "unshare mount",
    "open /",
    "open /dev/null",
    "open /proc/sys/net/ipv4/ip_unprivileged_port_start",
    "write /proc/sys/net/ipv4/ip_unprivileged_port_start 0",
    "open /proc/sys/net/ipv4/ping_group_range",
    "write /proc/sys/net/ipv4/ping_group_range 0 2147483647",
    "open_tree /proc/sys recursive",
    "mount_setattr /proc/sys ro recursive",
    "move_mount /proc/sys to /proc/sys",
    "open_tree /dev/null",
    "move_mount /dev/null to /proc/kcore",
    "fsopen tmpfs ro size=0 nr_inodes=2 ro",
    "move_mount tmpfs to /proc/scsi",
    "dup2 /dev/null to 0",
    "dup2 /run/box/stdout.fifo to 1",
    "chown /run/box/stdout.fifo 0:0",
    "dup2 /run/box/stderr.fifo to 2",
    "chown /run/box/stderr.fifo 0:0",
    "chdir /",
    "setrlimit 7 1048576 1048576",
    "keyctl _roost.\(StartRig.short)",
    "setns made user",
    "prctl CAP_AMBIENT_CLEAR_ALL",
    "setgroups 0",
    "setgid 0",
    "setuid 0",
    "capset a80425fb a80425fb",
    "close all but handshake",
    "close_range 3",
  ]

  private func useCgroup2() throws { try rig.directory.write("cgroup.controllers", "memory pids") }

  @Test("a plain container is started by these calls in this order")
  func order() throws {
    try useCgroup2()
    let command = try rig.start()
    #expect(rig.calls.filter { !$0.hasPrefix("prctl CAPBSET_DROP") } == Self.plain)
    #expect(command.arguments == ["/bin/true"])
    guard case .prepared? = rig.reports.first, case .ready? = rig.reports.last,
      rig.reports.count == 2
    else {
      Issue.record("the first process said \(rig.reports)")
      return
    }
  }

  // What a container does without, should it fail.
  private static let dispensable = [
    "open /proc/sys/net/ipv4/", "write /proc/sys/net/ipv4/",
  ]
  // What cannot fail.
  private static let certain = ["umask 22", "setsid"]

  @Test("whichever call fails, the start ends there, and says which call and why")
  func sweep() throws {
    try useCgroup2()
    try rig.start()
    let whole = rig.kernel.calls
    for (number, call) in whole.enumerated() where !Self.certain.contains(call) {
      let other = try StartRig()
      try other.directory.write("cgroup.controllers", "memory pids")
      other.kernel.failingCall = (number, EIO)
      if Self.dispensable.contains(where: call.hasPrefix) {
        #expect(throws: Never.self) { try other.start() }
        continue
      }
      let failure = #expect(throws: LaunchFailure.self, "\(call)") { try other.start() }
      #expect(failure?.errno == EIO, "\(call)")
      #expect(failure?.message.contains("Input/output error") == true, "\(call)")
      #expect(other.kernel.calls.count == number + 1, "after \(call): \(other.calls)")
      guard case .ready? = other.reports.last else { continue }
      // The program is announced last but for nothing.
      Issue.record("\(call) failed, and yet the program was announced")
    }
  }

  /// The beginning of a call that fails, and the step and the path that the failure names.
  static let stages: [(String, stage: String, path: String?)] = [
    ("prctl DUMPABLE", "shim", nil), ("open_tree", "cgroup", "CGROUPS/box"),
    ("open /run/box/stdout", "streams", "/run/box/stdout.fifo"),
    ("unshare cgroup", "namespaces", nil), ("loopback", "namespaces", nil),
    ("sethostname", "namespaces", "box"), ("mount / rec slave", "root file system", "/"),
    ("mount /state/upper", "root file system", "/state/upper"),
    ("pivot_root", "root file system", nil), ("fsopen proc", "mounts", "/proc"),
    ("move_mount proc", "mounts", "/proc"), ("close all but /", "root file system", nil),
    ("move_mount CGROUPS", "mounts", "/sys/fs/cgroup"), ("mkdir /dev/shm", "mounts", "/dev/shm"),
    ("symlink /dev/fd", "mounts", "/dev/fd"), ("mknod /dev/full", "devices", "/dev/full"),
    ("unshare mount", "mounts", nil), ("move_mount /proc/sys", "masked paths", "/proc/sys"),
    ("move_mount /dev/null to /proc/kcore", "masked paths", "/proc/kcore"),
    ("dup2", "streams", nil),
    ("chdir /", "root file system", "/state/upper"), ("keyctl", "namespaces", nil),
    ("setns made user", "namespaces", nil), ("prctl CAPBSET_DROP", "privileges", nil),
    ("setgroups", "privileges", nil), ("setuid", "privileges", nil),
    ("capset", "privileges", nil), ("close_range", "exec", nil),
  ]

  @Test("a failure names the step and the path", arguments: stages)
  func stage(call: String, stage: String, path: String?) throws {
    try useCgroup2()
    rig.kernel.fail(call.replacing("CGROUPS", with: rig.directory.path), EPERM)
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == stage)
    #expect(failure?.path?.replacing(rig.directory.path, with: "CGROUPS") == path)
    #expect(failure?.errno == EPERM)
    #expect(failure?.exitCode == 125)
  }

  @Test("a working directory that cannot be entered is named")
  func workingDirectory() throws {
    rig.spec.process.workingDirectory = "/srv/app"
    rig.kernel.fail("chdir /srv/app", EACCES)
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "working directory")
    #expect(failure?.message == "working directory /srv/app: Permission denied")
    #expect(rig.kernel.calls("mkdir").suffix(2) == ["mkdir /srv", "mkdir /srv/app"])
  }

  @Test("a working directory that cannot be reached from the root is refused")
  func unreachable() throws {
    rig.kernel.workingPlace = "(unreachable)/srv"
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.message == "working directory /: it lies outside of the container")
  }

  @Test("a root that is read-only becomes so once everything is in it, and before the program")
  func readOnlyRoot() throws {
    rig.spec.rootFilesystem.readOnly = true
    try rig.start()
    let remount = try #require(rig.calls.firstIndex(of: "mount_setattr / ro"))
    let last = rig.calls.lastIndex { call in
      ["mkdir", "mknod", "create", "symlink", "move_mount"].contains { call.hasPrefix($0) }
    }
    #expect(try #require(last) < remount)
    #expect(rig.calls[remount - 1] == "chdir /")
    #expect(rig.calls[remount + 1].hasPrefix("setrlimit"))
  }

  @Test("a terminal takes the place of the streams, and belongs to the user")
  func terminal() throws {
    rig.spec.terminal = true
    rig.spec.process.user = "1000"
    rig.terminalSize = TerminalSize(rows: 24, columns: 80)
    let command = try rig.start()
    #expect(
      rig.calls(from: "open /dev/pts/ptmx", to: "open_tree /proc") == [
        "open /dev/pts/ptmx", "ioctl TIOCGPTPEER", "ioctl TIOCSWINSZ terminal 24x80",
        "ioctl TIOCSCTTY /dev/pts/0", "create /dev/console", "open_tree /dev/pts/0",
        "move_mount /dev/pts/0 to /dev/console",
      ])
    #expect(
      rig.calls(from: "dup2", to: "chdir") == [
        "dup2 /dev/pts/0 to 0", "chown /dev/pts/0 1000:5",
        "dup2 /dev/pts/0 to 1", "chown /dev/pts/0 1000:5", "dup2 /dev/pts/0 to 2",
        "chown /dev/pts/0 1000:5",
      ])
    #expect(!rig.calls.contains { $0.contains(".fifo") })
    #expect(command.environment.contains(NamedValue("TERM", "xterm")))
    #expect(
      rig.reports.contains { if case .terminal = $0 { true } else { false } },
      "the controlling end went to the shim")
  }

  @Test("standard input is opened only where it is kept open")
  func standardInput() throws {
    rig.spec.openStdin = true
    try rig.start()
    #expect(
      rig.kernel.calls("dup2") == [
        "dup2 /run/box/stdin.fifo to 0", "dup2 /run/box/stdout.fifo to 1",
        "dup2 /run/box/stderr.fifo to 2",
      ])
  }
}
