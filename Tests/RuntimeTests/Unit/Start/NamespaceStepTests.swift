import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The calls that enter namespaces and restrict what is seen", .timeLimit(.standard))
struct NamespaceStepTests {
  private let rig: StartRig
  private let other = StartRig.id("b")

  init() throws { rig = try StartRig() }

  /// The calls that are about namespaces, in order.
  private var namespaces: [String] {
    rig.kernel.calls("setns", "unshare", "loopback", "sethostname", "setdomainname")
  }

  @Test("private namespaces: the user's is left for last")
  func isolated() throws {
    rig.spec.domainname = "example"
    try rig.start()
    #expect(
      namespaces == [
        "unshare cgroup", "loopback", "sethostname box", "setdomainname example", "unshare mount",
        "setns made user",
      ])
    let user = try #require(rig.calls.firstIndex(of: "setns made user"))
    let root = try #require(rig.calls.firstIndex(of: "pivot_root"))
    #expect(root < user, "mounting needs the machine's user namespace")
  }

  @Test("with the machine's namespaces nothing is entered, named or set")
  func host() throws {
    rig.spec.namespaces = Namespaces(
      network: .host, user: .host, ipc: .host, pid: .host, uts: .host, cgroup: .host)
    try rig.start()
    #expect(namespaces == ["unshare mount"])
    #expect(!rig.calls.contains { $0.hasPrefix("write /proc/sys") })
    #expect(rig.calls.contains("move_mount /dev/shm to /dev/shm"), "memory is shared")
  }

  @Test("a container's namespaces are joined, its memory file system from within its mounts")
  func container() throws {
    try rig.share(other)
    let owner = Namespaces.Source.container(other)
    rig.spec.namespaces = Namespaces(
      network: .path("/run/other/netns"), user: owner, ipc: owner, pid: owner, uts: owner,
      cgroup: owner)
    rig.kernel.files["/run/other/netns"] = .regular
    rig.kernel.links = [
      "/proc/\(getpid())/ns/user": "user:[1]", "/proc/self/ns/user": "user:[2]",
    ]
    rig.kernel.files["/dev/shm"] = .directory
    try rig.start()
    #expect(
      rig.calls(from: "open /proc/self/ns/mnt", to: "open /run/other") == [
        "open /proc/self/ns/mnt", "setns other mount", "open /", "open_tree /dev/shm",
        "setns /proc/self/ns/mnt mount",
      ])
    #expect(
      namespaces == [
        "setns other mount", "setns /proc/self/ns/mnt mount", "setns other ipc",
        "setns other uts", "setns other cgroup", "setns /run/other/netns network",
        "unshare mount", "setns /proc/\(getpid())/ns/user user",
      ])
  }

  @Test("a container in the machine's user namespace is shared without entering one")
  func sameUser() throws {
    try rig.share(other)
    rig.spec.namespaces.user = .container(other)
    rig.kernel.links = [
      "/proc/\(getpid())/ns/user": "user:[1]", "/proc/self/ns/user": "user:[1]",
    ]
    try rig.start()
    #expect(!namespaces.contains { $0.hasSuffix(" user") })
  }

  @Test("a user namespace that holds the network is entered, not a new one made")
  func pinnedUser() throws {
    rig.kernel.files[rig.container.userNamespace] = .regular
    rig.made = nil
    try rig.start()
    #expect(namespaces.last == "setns \(rig.container.userNamespace) user")
  }

  @Test("a pinned namespace that is gone is named")
  func missingPin() throws {
    rig.spec.namespaces.network = .path("/run/other/netns")
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "namespaces")
    #expect(failure?.path == "/run/other/netns")
    #expect(!rig.calls.contains("pivot_root"))
  }

  @Test("a container that does not run cannot share its namespaces")
  func missingOwner() throws {
    rig.spec.namespaces.ipc = .container(other)
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "namespaces")
    #expect(failure?.message.contains(other.short) == true)
  }

  // MARK: - What is seen

  @Test("a privileged container: nothing masked, /sys writable, the machine's devices")
  func privileged() throws {
    rig.spec.privileged = true
    rig.kernel.files["/dev/fuse"] = .characterDevice
    rig.kernel.files["/dev/sda"] = .blockDevice
    rig.kernel.files["/dev/console"] = .characterDevice
    rig.kernel.files["/dev/log"] = .socket
    try rig.start()
    #expect(rig.calls.contains("fsopen sysfs nosuid nodev noexec"))
    #expect(!rig.calls.contains { $0.contains("/proc/kcore") && $0.hasPrefix("move_mount") })
    #expect(!rig.calls.contains("open_tree /proc/sys recursive"))
    let made = rig.kernel.calls("mknod").map { $0.split(separator: " ")[1] }
    #expect(made.suffix(2) == ["/dev/fuse", "/dev/sda"])
    #expect(!made.contains("/dev/console") && !made.contains("/dev/log"))
  }

  @Test("a device of the machine shows where it was asked for, a directory with all it has")
  func devices() throws {
    rig.kernel.files["/dev/ttyUSB0"] = .characterDevice
    rig.kernel.files["/dev/dri"] = .directory
    rig.kernel.files["/dev/dri/card0"] = .characterDevice
    rig.kernel.files["/dev/dri/link"] = .symbolicLink
    rig.spec.devices = [
      DeviceSpec(hostPath: "/dev/ttyUSB0", containerPath: "/dev/modem"),
      DeviceSpec(hostPath: "/dev/dri", containerPath: "/dev/graphics"),
    ]
    try rig.start()
    #expect(
      rig.kernel.calls("mknod").suffix(2) == [
        "mknod /dev/modem c 0:0 755", "mknod /dev/graphics/card0 c 0:0 755",
      ])
    #expect(rig.calls.contains("mkdir /dev/graphics"))
  }

  @Test("a device that does not exist is named")
  func missingDevice() throws {
    rig.spec.devices = [DeviceSpec(hostPath: "/dev/none", containerPath: "/dev/none")]
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "devices")
    #expect(failure?.path == "/dev/none")
    #expect(failure?.message == "device /dev/none does not exist on this host")
  }

  @Test("paths that do not exist are neither masked nor made read-only")
  func missingPaths() throws {
    rig.spec.maskedPaths = ["/proc/none", "/proc/kcore", "/proc/scsi"]
    rig.spec.readOnlyPaths = ["/proc/nothing", "/proc/sys"]
    let inside = try rig.inside
    try inside.makeDevice("/dev/null", DeviceNumber(1, 3), mode: 0o666)
    let null = try NullDevice(inside, rig.kernel)
    rig.kernel.clear()
    try Restrictions(inside: inside, null: null, kernel: rig.kernel).apply(rig.spec)
    #expect(
      rig.calls == [
        "open_tree /proc/sys recursive", "mount_setattr /proc/sys ro recursive",
        "move_mount /proc/sys to /proc/sys", "open_tree /dev/null",
        "move_mount /dev/null to /proc/kcore", "fsopen tmpfs ro size=0 nr_inodes=2 ro",
        "move_mount tmpfs to /proc/scsi",
      ])
  }

  @Test("what is masked is not looked up through links, which would leave it as it is")
  func linkInTheWay() throws {
    rig.kernel.files["/proc/kcore"] = .symbolicLink
    rig.kernel.links["/proc/kcore"] = "/etc"
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "masked paths")
    #expect(failure?.path == "/proc/kcore")
  }

  @Test("a null device that is something else covers nothing and is no stream")
  func wrongNull() throws {
    rig.kernel.files["/dev/null"] = .symbolicLink
    rig.kernel.links["/dev/null"] = "/etc"
    let failure = #expect(throws: LaunchFailure.self) { try NullDevice(rig.inside, rig.kernel) }
    #expect(failure?.errno == ENODEV)
  }

  @Test("cgroups of version 1 show by their controllers, under all of their names")
  func cgroupsOfVersion1() throws {
    try rig.directory.write("cpu,cpuacct/cgroup.procs", "")
    try rig.directory.write("memory/cgroup.procs", "")
    try Files.link("\(rig.directory.path)/cpu", to: "cpu,cpuacct")
    try Files.link("\(rig.directory.path)/cpuacct", to: "cpu,cpuacct")
    _ = try rig.directory.directory("cpu,cpuacct/box")
    _ = try rig.directory.directory("memory/box")
    try rig.start()
    #expect(
      rig.calls(from: "fsopen tmpfs mode=755 size=64k", to: "mknod /dev/null")
        == [
          "fsopen tmpfs mode=755 size=64k nosuid nodev noexec",
          "move_mount tmpfs to /sys/fs/cgroup",
          "mkdir /sys/fs/cgroup/cpu,cpuacct",
          "mount_setattr CGROUPS/cpu,cpuacct/box ro nosuid nodev noexec private",
          "move_mount CGROUPS/cpu,cpuacct/box to /sys/fs/cgroup/cpu,cpuacct",
          "symlink /sys/fs/cgroup/cpu to cpu,cpuacct",
          "symlink /sys/fs/cgroup/cpuacct to cpu,cpuacct",
          "mkdir /sys/fs/cgroup/memory",
          "mount_setattr CGROUPS/memory/box ro nosuid nodev noexec private",
          "move_mount CGROUPS/memory/box to /sys/fs/cgroup/memory",
          "mount_setattr /sys/fs/cgroup ro",
        ])
  }

  @Test("what a mount replaces is not made: all of /dev, all of /sys")
  func replaced() throws {
    rig.spec.mounts = [
      .bind(BindMount(source: "/dev", target: "/dev")),
      .bind(BindMount(source: "/sys", target: "/sys")),
    ]
    try rig.start()
    #expect(!rig.calls.contains { $0.hasPrefix("fsopen sysfs") || $0.hasPrefix("fsopen devpts") })
    #expect(rig.kernel.calls("symlink").isEmpty)
    #expect(rig.calls.contains("move_mount /sys to /sys"))
  }

  // MARK: - Kernel settings

  @Test("kernel settings are written after the mounts, and named when they fail")
  func settings() throws {
    rig.spec.sysctls = [NamedValue("net.core.somaxconn", "1024")]
    try rig.start()
    #expect(rig.calls.contains("write /proc/sys/net/core/somaxconn 1024"))
    rig.kernel.clear()
    rig.kernel.fail("write /proc/sys/net/core", EINVAL)
    let inside = try rig.inside
    let failure = #expect(throws: LaunchFailure.self) {
      try Sysctls(inside: inside, ids: .identity, kernel: rig.kernel).apply(rig.spec)
    }
    #expect(failure?.stage == "sysctls")
    #expect(failure?.message == "sysctl net.core.somaxconn=1024: Invalid argument")
    #expect(failure?.path == "/proc/sys/net/core/somaxconn")
  }

  @Test("a kernel setting of the machine is refused before anything is written")
  func machineSetting() throws {
    rig.spec.sysctls = [NamedValue("vm.swappiness", "1")]
    rig.spec.namespaces.network = .host
    let inside = try rig.inside
    let failure = #expect(throws: LaunchFailure.self) {
      try Sysctls(inside: inside, ids: .identity, kernel: rig.kernel).apply(rig.spec)
    }
    #expect(failure?.stage == "sysctls")
    #expect(failure?.path == "vm.swappiness")
    #expect(rig.calls == ["open /"])
  }

  @Test("what lies in the place of a kernel setting is not written to")
  func coveredSetting() throws {
    rig.spec.sysctls = [NamedValue("net.core.somaxconn", "1024")]
    rig.kernel.fileSystems = [:]
    let inside = try rig.inside
    let failure = #expect(throws: LaunchFailure.self) {
      try Sysctls(inside: inside, ids: .identity, kernel: rig.kernel).apply(rig.spec)
    }
    #expect(failure?.errno == ENODEV)
    #expect(rig.kernel.calls("write").isEmpty)
  }
}
