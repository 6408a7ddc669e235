import Glibc
import Linux
import Model
import State

/// A container at work as its files show it. Its first process and its shim are processes that
/// wait, and end with this object.
final class PlayedContainer {
  private let place: ContainerLayout
  private let first: PidFD
  private let shim: PidFD
  private let input: OwnedDescriptor
  private let startedAt = Clock.now()

  init(_ record: ContainerRecord, _ layout: Layout) throws {
    place = layout.container(record.id)
    let pipe = try Descriptors.pipe()
    input = pipe.write
    let waiting = SpawnRequest("/bin/cat", [], descriptors: [(pipe.read.raw, 0)])
    first = try Spawn.start(waiting)
    shim = try Spawn.start(waiting)
    guard let process = ProcessIdentity(of: first.pid), let keeper = ProcessIdentity(of: shim.pid)
    else { throw SyscallError("open", path: "/proc", errno: ESRCH) }
    try keeper.write(place.shimPID)
    try InitRecord(process: process, startedAt: startedAt, cgroup: "roost-test/none")
      .write(place.initPID)
  }

  deinit {
    for process in [first, shim] { Self.kill(process) }
  }

  // One that was waited for before is no process of ours any more.
  private static func kill(_ process: PidFD) {
    try? process.signal(SIGKILL)
    _ = try? process.reap()
  }

  /// The shim is killed, and the program goes on.
  func killShim() { Self.kill(shim) }

  /// The program ends, its end is recorded, and then the shim ends.
  func end(code: Int32) throws {
    Self.kill(first)
    try ExitRecord(code: code, startedAt: startedAt, finishedAt: Clock.now()).write(place.exit)
    try Files.removeIfPresent(place.initPID)
    Self.kill(shim)
  }

  /// The program is killed, and everything of the container is gone when the shim ends.
  func remove() throws {
    Self.kill(first)
    try Files.removeTree(place.state)
    try Files.removeTree(place.run)
    Self.kill(shim)
  }
}
