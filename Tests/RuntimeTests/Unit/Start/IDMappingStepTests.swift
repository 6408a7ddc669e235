import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The calls that give files their owners in a container", .timeLimit(.standard))
struct IDMappingStepTests {
  private let rig: StartRig
  private static let start: UInt32 = 2_000_224_256

  init() throws {
    rig = try StartRig()
    rig.ids = IDMap(start: Self.start, count: 65_536)
  }

  @Test("layers and what is written over them are shown with the container's owners")
  func layers() throws {
    try rig.start()
    #expect(
      rig.calls(from: "mount / rec slave", to: "chdir") == [
        "mount / rec slave", "mkdir -p /state/upper", "mkdir -p /state/work",
        "open_tree /layers", "idmap /layers by made", "open /layers",
        "move_mount /layers to /layers",
        "open_tree /state", "idmap /state by made", "open /state", "move_mount /state to /state",
        "setfsuid \(Self.start) \(Self.start)",
        "mount /state/upper overlay (lowerdir=/layers/top:/layers/bottom,upperdir=/state/upper,"
          + "workdir=/state/work,index=off,redirect_dir=off,metacopy=off)",
      ])
  }

  @Test("directories within each other are shown once")
  func nested() throws {
    rig.spec.rootFilesystem.lowerDirectories = ["/state/layers/a", "/state/b", "/statement/c"]
    try rig.start()
    #expect(
      rig.kernel.calls("idmap") == ["idmap /state by made", "idmap /statement by made"])
  }

  @Test("what is made for the container's root belongs to it")
  func root() throws {
    rig.spec.mounts = [
      .tmpfs(TmpfsMount(target: "/t", user: 5, group: 6)),
      .file(FileMount(source: "/secret", target: "/s", user: 1000, group: 65_535, mode: 0o400)),
    ]
    rig.kernel.contents["/secret"] = "text"
    try rig.start()
    #expect(
      rig.calls.contains(
        "fsopen devpts newinstance ptmxmode=0666 mode=0620 gid=\(Self.start + 5) nosuid noexec"))
    for name in ["devpts", "mqueue"] {
      let owned = "chown \(name) \(Self.start):\(Self.start)"
      #expect(rig.calls(from: owned, to: "move_mount") == [owned], "before it is mounted")
    }
    #expect(
      rig.calls.contains(
        "fsopen tmpfs mode=1777 uid=\(Self.start + 5) gid=\(Self.start + 6) "
          + "nosuid nodev noexec"))
    #expect(rig.calls.contains("chown tmpfs/content \(Self.start + 1000):\(Self.start + 65_535)"))
  }

  @Test("binds are mapped with what is mounted below them")
  func binds() throws {
    rig.spec.mounts = [
      .bind(BindMount(source: "/srv", target: "/srv")),
      .bind(BindMount(source: "/one", target: "/one", recursive: false)),
    ]
    _ = try rig.sources()
    #expect(
      rig.kernel.calls("idmap") == ["idmap /srv by made recursive", "idmap /one by made"])
  }

  @Test("where something below cannot be mapped, the top is, and the user is told")
  func below() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/srv"))]
    rig.kernel.fail("idmap /srv by made recursive", EINVAL)
    try rig.start()
    #expect(
      rig.warnings == [
        "mount on /srv: the owners of some files cannot be mapped, on what is mounted below /srv: "
          + Self.consequence
      ])
    #expect(rig.calls.contains("move_mount /srv to /srv"))
  }

  private static let consequence =
    "they show as nobody, and what is written gets the host's id \(start) and those above; "
    + "`userns_mode: host` shows them as they are"

  @Test("of several mounts each is mapped that can be, and the others are named")
  func several() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/data"))]
    rig.kernel.contents[MountTable.path] = """
      1 0 8:1 / / rw shared:1 - ext4 /dev/a rw
      5 1 8:1 / /srv/net\\040work rw - nfs host:/ rw
      6 1 8:1 / /srv/disk rw - ext4 /dev/b rw
      7 1 8:1 / /srv/disk/inner rw - ext4 /dev/b rw
      8 1 8:1 / /srvother rw - ext4 /dev/b rw
      """
    for name in ["disk", "disk/inner", "net work"] {
      rig.kernel.files["/srv/\(name)"] = .directory
    }
    rig.kernel.fail("idmap /srv by made recursive", EINVAL)
    rig.kernel.fail("idmap /srv/net work", EINVAL)
    try rig.start()
    #expect(
      rig.kernel.calls("idmap").filter { $0.contains("/srv") } == [
        "idmap /srv by made recursive", "idmap /srv by made", "idmap /srv/disk by made",
        "idmap /srv/disk/inner by made", "idmap /srv/net work by made",
      ])
    #expect(
      rig.warnings == [
        "mount on /data: the owners of files in /data/net work (testfs: invalid argument) cannot be "
          + "mapped: " + Self.consequence
      ])
    #expect(
      rig.calls.filter { $0.hasPrefix("move_mount /srv") } == [
        "move_mount /srv to /data", "move_mount /srv/disk to /srv/disk",
        "move_mount /srv/disk/inner to /srv/disk/inner",
        "move_mount /srv/net work to /srv/net work",
      ])
  }

  @Test("places of mounts are those that can be seen, outer ones first")
  func places() {
    let table = ["/", "/a/x", "/a", "/a/y/z", "/a/y", "/a/v w", "/ab", "/a/y/u", "/a/v w"]
      .enumerated().map { number, point in
        "\(number) 1 0:1 / \(point.replacing(" ", with: "\\040")) rw - t s rw"
      }.joined(separator: "\n")
    #expect(MountTable.places(below: "/a", in: table) == ["v w", "y", "y/u"])
    #expect(MountTable.places(below: "/", in: table) == ["a", "a/v w", "a/y", "a/y/u", "ab"])
    #expect(MountTable.places(below: "/none", in: table) == [])
  }

  @Test("what cannot be mapped is bound as it is, named with its file system and the reason")
  func unmappable() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/srv"))]
    rig.kernel.fail("idmap /srv", EINVAL)
    try rig.start()
    #expect(
      rig.warnings == [
        "mount on /srv: the owners of files on testfs cannot be mapped (invalid argument): they "
          + "show as nobody, and what is written gets the host's id \(Self.start) and those above; "
          + "`userns_mode: host` shows them as they are"
      ])
    #expect(rig.calls.contains("move_mount /srv to /srv"))
  }

  @Test("a file of ours that cannot be mapped is given to the container without a word")
  func ours() throws {
    rig.spec.mounts = [.bind(BindMount(source: "/run/box/etc/hosts", target: "/etc/hosts"))]
    rig.kernel.fail("idmap /run", EINVAL)
    try rig.start()
    #expect(rig.warnings == [])
    #expect(rig.calls.contains("chown /run/box/etc/hosts \(Self.start):\(Self.start)"))
  }

  @Test("the streams belong to the user as the machine sees it")
  func streams() throws {
    rig.spec.process.user = "1000:10"
    try rig.start()
    #expect(
      rig.kernel.calls("chown").suffix(2) == [
        "chown \(rig.container.stdout) \(Self.start + 1000):\(Self.start + 10)",
        "chown \(rig.container.stderr) \(Self.start + 1000):\(Self.start + 10)",
      ])
    #expect(rig.calls.contains("setuid 1000") && rig.calls.contains("setgid 10"))
  }

  @Test(
    "ids that a container does not have are refused, with the key that lifts it",
    arguments: ["70000", "0:65536"])
  func beyond(user: String) throws {
    rig.spec.process.user = user
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    let number = user == "70000" ? "70000" : "65536"
    #expect(
      failure?.message
        == "user \(user): there is no id \(number) in a container, whose users and groups end at "
        + "65535; with `userns_mode: host` it has those of this host")
  }

  @Test("where each id stands for itself there is no end to them")
  func unbounded() throws {
    rig.ids = .identity
    rig.spec.process.user = "70000:65536"
    try rig.start()
    #expect(rig.calls.contains("setuid 70000"))
  }

  @Test("a mount for a user that a container does not have is refused by its target")
  func mountBeyond() throws {
    rig.spec.mounts = [.tmpfs(TmpfsMount(target: "/t", user: 65_536))]
    let failure = #expect(throws: LaunchFailure.self) { try rig.start() }
    #expect(failure?.message.hasPrefix("mount on /t: there is no id 65536") == true)
  }

  @Test("where each id stands for itself nothing is mapped")
  func identity() throws {
    rig.ids = .identity
    rig.spec.mounts = [.bind(BindMount(source: "/srv", target: "/srv"))]
    try rig.start()
    #expect(rig.kernel.calls("idmap", "setfsuid").isEmpty)
    #expect(!rig.calls.contains { $0.hasPrefix("chown /dev") })
  }
}
