import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport

@testable import Shim

/// The start of a container on a kernel that only writes down what it is asked for.
final class StartRig {
  /// What an image has, and what shows in it once the kernel's file systems are mounted.
  static let image: [String: FileStatus.Kind] = [
    "/proc": .directory, "/sys": .directory, "/dev": .directory, "/etc": .directory,
    "/sys/fs": .directory, "/sys/fs/cgroup": .directory, "/proc/sys": .directory,
    "/proc/kcore": .regular,
    "/proc/scsi": .directory, "/dev/pts/ptmx": .characterDevice,
  ]
  static let short = String(repeating: "a", count: 12)

  let kernel = RecordingKernel(files: StartRig.image)
  /// The container's root, where its start looks paths up.
  var inside: RootedDirectory {
    get throws { try RootedDirectory(opening: "/", calls: kernel) }
  }
  let container = ContainerLayout(state: "/state", run: "/run/box")
  var spec: ContainerSpec
  var owners: [ObjectID: PidFD] = [:]
  var terminalSize: TerminalSize?
  /// The ids of the machine that those of the container stand for.
  var ids = IDMap.identity
  /// A user namespace that was made for the start.
  var made: OwnedDescriptor? = OwnedDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC))
  /// The machine's directory of cgroups.
  let directory: TemporaryDirectory
  /// What the first process said.
  private(set) var reports: [Handshake.Message] = []

  init() throws {
    directory = try TemporaryDirectory()
    spec = ContainerSpec(
      id: Self.id("a"), hostname: "box",
      rootFilesystem: RootFilesystem(lowerDirectories: ["/layers/top", "/layers/bottom"]),
      process: ProcessSpec(arguments: ["/bin/true"]), cgroup: CgroupSpec(path: "box"))
    if let made { kernel.name(made.raw, "made") }
  }

  static func id(_ digit: Character) -> ObjectID {
    guard let id = ObjectID(String(repeating: digit, count: 64)) else {
      preconditionFailure("\(digit) is not a digit of an identity")
    }
    return id
  }

  /// Makes ourselves the first process of another container.
  func share(_ id: ObjectID) throws {
    let process = try PidFD(pid: getpid())
    kernel.name(process.raw, "other")
    owners[id] = process
  }

  /// Takes every step up to the program, and returns the command that would be executed.
  @discardableResult
  func start() throws -> Command {
    let (ours, theirs) = try UnixSocket.pair(.messages)
    let parent = Handshake.Parent(socket: ours)
    kernel.name(theirs.raw, "handshake")
    let place = ContainerLayout(state: directory.path, run: directory.path)
    let word = try StartWord(withheldIn: place)
    kernel.name(word.descriptor, "word")
    try word.give()
    try parent.allow()
    let handshake = Handshake.Child(socket: theirs, word: word)
    defer {
      handshake.close()
      while let message = (try? parent.receive()) ?? nil { reports.append(message) }
    }
    return try ContainerChild(
      spec: spec, container: container, owners: NamespaceOwners(owners), users: users,
      cgroups: cgroups, membership: .files([]), handshake: handshake, terminalSize: terminalSize,
      kernel: kernel
    ).prepare()
  }

  /// What the first process warned of.
  var warnings: [String] {
    reports.compactMap { message in
      if case .report(.warning(let text)) = message { text } else { nil }
    }
  }

  /// What is to be mounted, and the devices.
  func sources() throws(LaunchFailure) -> MountSources {
    try MountSources(spec, container, NamespaceOwners(owners), cgroups, mapping, kernel)
  }

  /// Each id stands for itself unless `ids` says otherwise.
  var mapping: IDMapping { IDMapping(ids, made, kernel) }

  private var users: ContainerUsers { ContainerUsers(map: ids, made: made) }

  private var cgroups: CgroupManager { CgroupManager(root: directory.path) }

  /// The calls so far; the machine's directory of cgroups is called CGROUPS.
  var calls: [String] { kernel.calls.map { $0.replacing(directory.path, with: "CGROUPS") } }

  /// The calls from the first that begins with `start` up to the first after it that begins with
  /// `end`, which is left out.
  func calls(from start: String, to end: String) -> [String] {
    let rest = self.calls.drop { !$0.hasPrefix(start) }
    return Array(rest.prefix { !$0.hasPrefix(end) })
  }
}
