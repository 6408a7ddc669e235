import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The calls that mount into a container", .timeLimit(.standard))
struct MountStepTests {
  private let rig: StartRig

  init() throws { rig = try StartRig() }

  /// Prepares and makes what the specification asks for.
  private func mount() throws {
    let sources = try rig.sources()
    let inside = try RootFilesystemMount(
      rig.spec.rootFilesystem, rig.container, rig.mapping, rig.kernel
    ).enter(sources)
    rig.kernel.record("--")
    try VolumeMounts(
      sources: sources, inside: inside, mapping: rig.mapping, kernel: rig.kernel
    ).make()
  }

  /// The calls while the machine's files could be seen, and those after.
  private var halves: (outside: [String], inside: [String]) {
    let parts = rig.calls.split(separator: "--", omittingEmptySubsequences: false)
    let isRoot = { (call: String) in
      call == "mount / rec slave" || call.hasPrefix("mkdir -p /state")
        || call.hasPrefix("mount /state") || call == "chdir /state/upper" || call == "pivot_root"
        || call == "open /"
    }
    return (parts[0].filter { !isRoot($0) }, parts.count > 1 ? Array(parts[1]) : [])
  }

  @Test("a directory of the machine is held before the root changes, and mounted after")
  func bind() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv/data", target: "/var/lib/data"))]
    try mount()
    #expect(
      halves.outside == [
        "open_tree /srv/data recursive", "mount_setattr /srv/data private recursive",
      ])
    #expect(
      halves.inside == [
        "mkdir /var", "mkdir /var/lib", "mkdir /var/lib/data",
        "move_mount /srv/data to /var/lib/data",
      ])
  }

  @Test("a file is mounted on a file, which is made if missing")
  func bindFile() throws {
    rig.kernel.files["/srv/app.conf"] = .regular
    rig.spec.mounts = [.bind(BindMount(source: "/srv/app.conf", target: "/etc/app.conf"))]
    try mount()
    #expect(
      halves.inside == ["create /etc/app.conf", "move_mount /srv/app.conf to /etc/app.conf"])
    try VolumeMounts(
      sources: rig.sources(), inside: rig.inside, mapping: rig.mapping, kernel: rig.kernel
    ).make()
    #expect(rig.calls.last == "move_mount /srv/app.conf to /etc/app.conf")
  }

  @Test(
    "a mount is made read-only with those below it, whatever its propagation",
    arguments: [
      (MountPropagation.rprivate, ["mount_setattr /srv ro private recursive"]),
      (.privateMount, ["mount_setattr /srv ro recursive", "mount_setattr /srv private"]),
      (.rslave, ["mount_setattr /srv ro slave recursive"]),
      (.shared, ["mount_setattr /srv ro recursive", "mount_setattr /srv shared"]),
    ])
  func propagation(propagation: MountPropagation, calls: [String]) throws {
    rig.spec.mounts = [
      .bind(BindMount(source: "/srv", target: "/srv", readOnly: true, propagation: propagation))
    ]
    _ = try rig.sources()
    #expect(rig.kernel.calls("mount_setattr") == calls)
  }

  @Test("without recursion the mounts below the source stay outside")
  func notRecursive() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/srv", recursive: false))]
    _ = try rig.sources()
    #expect(rig.kernel.calls("open_tree") == ["open_tree /srv"])
  }

  @Test("outer targets are mounted before inner ones, others in their order")
  func order() throws {
    rig.spec.mounts = ["/a/b/c", "/z", "/a/b", "/a", "/b"].map {
      .tmpfs(TmpfsMount(target: $0, mode: 0o755))
    }
    try mount()
    #expect(
      rig.kernel.calls("move_mount tmpfs").map { $0.split(separator: " ")[3] }
        == ["/z", "/a", "/b", "/a/b", "/a/b/c"])
  }

  @Test("a file system in memory has the options it was given, and is careful without")
  func memory() throws {
    rig.spec.mounts = [
      .tmpfs(TmpfsMount(target: "/run")),
      .tmpfs(
        TmpfsMount(
          target: "/cache", size: 4096, mode: 0o700, user: 5, group: 6,
          options: ["exec", "ro", "nr_inodes=10"])),
      .tmpfs(TmpfsMount(target: "/etc")),
    ]
    try mount()
    #expect(
      rig.kernel.calls("fsopen") == [
        "fsopen tmpfs mode=1777 nosuid nodev noexec",
        "fsopen tmpfs nr_inodes=10 mode=700 size=4096 uid=5 gid=6 ro nosuid nodev",
        // The mode of the directory that it covers.
        "fsopen tmpfs mode=755 nosuid nodev noexec",
      ])
  }

  @Test("a secret is copied to memory, and shows as one file that cannot be written")
  func file() throws {
    rig.kernel.contents["/srv/password"] = "secret"
    rig.spec.mounts = [
      .file(
        FileMount(
          source: "/srv/password", target: "/run/secrets/password", user: 7, group: 8, mode: 0o400))
    ]
    try mount()
    #expect(halves.outside == ["read /srv/password"])
    #expect(
      halves.inside == [
        "fsopen tmpfs mode=755 nosuid nodev", "create tmpfs/content", "write tmpfs/content secret",
        "chown tmpfs/content 7:8", "chmod tmpfs/content 400",
        "move_mount tmpfs to /dev", "open_tree tmpfs/content", "chdir tmpfs", "umount .", "chdir /",
        "mount_setattr tmpfs/content ro noexec", "mkdir /run", "mkdir /run/secrets",
        "create /run/secrets/password",
        "move_mount tmpfs/content to /run/secrets/password",
      ])
  }

  @Test("an image with one layer is mounted from it, without a way out of the image")
  func imageOfOneLayer() throws {
    rig.spec.mounts = [
      .image(ImageMount(lowerDirectories: ["/layers/m"], target: "/m", subpath: "models/./a"))
    ]
    rig.kernel.files["/layers/m/models/a"] = .directory
    try mount()
    #expect(
      halves.outside == [
        "open /layers/m", "open_tree /layers/m/models/a",
        "mount_setattr /layers/m/models/a ro private",
      ])
    #expect(halves.inside == ["mkdir /m", "move_mount /layers/m/models/a to /m"])
  }

  @Test("an image of several layers is put together beside the container's root first")
  func imageOfLayers() throws {
    rig.kernel.files["/run/box"] = .directory
    rig.spec.mounts = [
      .image(ImageMount(lowerDirectories: ["/layers/2", "/layers/1"], target: "/m"))
    ]
    try mount()
    #expect(
      halves.outside == [
        "mount /run/box overlay (lowerdir=/layers/2:/layers/1,index=off,redirect_dir=off,"
          + "metacopy=off)",
        "open /run/box", "open_tree /run/box", "umount /run/box",
        "mount_setattr /run/box ro private",
      ])
    let slave = try #require(rig.calls.firstIndex(of: "mount / rec slave"))
    let overlay = try #require(rig.calls.firstIndex { $0.hasPrefix("mount /run/box") })
    #expect(slave < overlay, "what is mounted stays in the container's mount namespace")
  }

  @Test("layers whose paths mean something to overlayfs are named by descriptors")
  func specialPaths() throws {
    rig.spec.rootFilesystem = RootFilesystem(lowerDirectories: ["/layers/a:b"])
    try mount()
    #expect(
      rig.kernel.calls("open") == [
        "open /layers/a:b", "open /state/upper", "open /state/work", "open /",
      ])
    let overlay = try #require(rig.calls.first { $0.contains(" overlay ") })
    #expect(overlay.hasPrefix("mount /state/upper overlay (lowerdir=/proc/self/fd/"))
    #expect(!overlay.contains("a:b"))
  }

  @Test("a container without layers has an empty root")
  func noLayers() throws {
    rig.spec.rootFilesystem = RootFilesystem(lowerDirectories: [])
    try mount()
    #expect(rig.calls.contains("mkdir -p /state/empty"))
    #expect(rig.calls.contains { $0.contains("(lowerdir=/state/empty,") })
  }

  // MARK: - Links of an image

  @Test("where a link of the image leads nowhere, what it reads is made")
  func danglingLink() throws {
    rig.kernel.files["/srv"] = .directory
    rig.kernel.files["/srv/data"] = .symbolicLink
    rig.kernel.links["/srv/data"] = "other/place"
    _ = try rig.inside.makeDirectory("/srv/data")
    #expect(rig.kernel.calls("mkdir") == ["mkdir /srv/other", "mkdir /srv/other/place"])
  }

  @Test("links that lead to each other are refused")
  func linkLoop() throws {
    rig.kernel.files["/a"] = .symbolicLink
    rig.kernel.files["/b"] = .symbolicLink
    rig.kernel.links = ["/a": "/b", "/b": "/a"]
    let error = #expect(throws: SyscallError.self) {
      _ = try rig.inside.makeDirectory("/a")
    }
    #expect(error?.errno == ELOOP)
    #expect(rig.calls == ["open /"])
  }

  @Test("a link of the image does not send the kernel's file systems elsewhere")
  func linkForProc() throws {
    rig.kernel.files["/proc"] = .symbolicLink
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.stage == "mounts")
    #expect(failure?.path == "/proc")
    #expect(!rig.calls.contains { $0.hasSuffix(" to /proc") })
  }

  // MARK: - Failures

  @Test("a mount that fails is named by its target")
  func failure() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/data"))]
    rig.kernel.fail("move_mount /srv", ENOTDIR)
    let failure = #expect(throws: LaunchFailure.self) { try mount() }
    #expect(failure?.stage == "mounts")
    #expect(failure?.path == "/data")
    #expect(
      failure?.message
        == "mount on /data: one of source and target is a directory, the other is not")
  }

  @Test("a source that does not exist is named with its target")
  func missingSource() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/data"))]
    rig.kernel.fail("open_tree /srv", ENOENT)
    let failure = #expect(throws: LaunchFailure.self) { try rig.sources() }
    #expect(failure?.stage == "mounts")
    #expect(failure?.path == "/srv")
    #expect(failure?.message == "mount on /data: its source /srv: does not exist")
  }

  @Test(
    "nothing is mounted on what a container must have of its own",
    arguments: ["/proc", "/proc/sys", "/proc/./sys/kernel", "/etc/../proc/sys", "relative", "/"])
  func refusedTargets(target: String) throws {
    rig.spec.mounts = [.tmpfs(TmpfsMount(target: target))]
    let failure = #expect(throws: LaunchFailure.self) { try rig.sources() }
    #expect(failure?.stage == "mounts")
    #expect(failure?.path == target)
    #expect(rig.calls.isEmpty)
  }
}
