import Glibc
import Linux
import Model
import State

/// Keeps the names of some networks up to date by watching their directories.
package final class NameDirectory {
  private let layout: Layout
  private let loop: EventLoop
  private let changed: (NameTable) -> Void
  private let failed: (NetworkError) -> Void
  private let changes: DirectoryWatch
  private var watched: [Int32: (id: ObjectID, name: String)] = [:]
  /// Networks whose names could not be read since they changed last.
  private var unread: Set<Int32> = []
  private var table = NameTable()
  private var pending: Set<Int32> = []

  /// Changes come in bursts, when a project goes up: one reading serves them all.
  private static let settleNanoseconds: UInt64 = 2_000_000

  /// Makes a directory that watches nothing yet.
  ///
  /// - Parameters:
  ///   - changed: called with the whole table after each change.
  ///   - failed: called when the names of a network cannot be read after a change, as when a newer
  ///     roost wrote one of them. The names that were known before stay.
  package init(
    _ layout: Layout, _ loop: EventLoop, changed: @escaping (NameTable) -> Void,
    failed: @escaping (NetworkError) -> Void
  ) throws(SyscallError) {
    self.layout = layout
    self.loop = loop
    self.changed = changed
    self.failed = failed
    changes = try DirectoryWatch()
    try loop.add(changes.descriptor) { [weak self] _ in self?.readEvents() }
  }

  deinit { loop.remove(changes.descriptor) }

  /// Watches a network, and reads its names now. Throws when they cannot be read.
  package func watch(_ network: NetworkRecord) throws(NetworkError) {
    if let known = watched.first(where: { $0.value.id == network.id }) {
      // Who comes to the network is told what an event could only write to a log.
      if unread.contains(known.key) { try load(known.key) }
      return
    }
    let watch: Int32
    do { watch = try addWatch(NameRegistry.directory(layout, network.id)) } catch {
      throw .system(error)
    }
    watched[watch] = (network.id, network.name)
    try load(watch)
    changed(table)
  }

  private func addWatch(_ path: String) throws(SyscallError) -> Int32 {
    try Files.makeDirectories(path, mode: 0o700)
    guard let number = try changes.add(path, IN_MOVED_TO | IN_DELETE) else {
      throw SyscallError("inotify_add_watch", path: path, errno: ENOENT)
    }
    return number
  }

  private func load(_ watch: Int32) throws(NetworkError) {
    guard let network = watched[watch] else { return }
    unread.insert(watch)
    table.update(
      network: network.id, name: network.name,
      entries: try NameRegistry.entries(layout, network: network.id))
    unread.remove(watch)
  }

  private func readEvents() {
    let wasQuiet = pending.isEmpty
    for change in changes.take() {
      // After an overflow nobody knows what changed: everything is read again.
      if change.directory < 0 {
        pending.formUnion(watched.keys)
      } else {
        pending.insert(change.directory)
      }
    }
    guard wasQuiet, !pending.isEmpty else { return }
    loop.after(nanoseconds: Self.settleNanoseconds) { [weak self] in self?.reload() }
  }

  private func reload() {
    for watch in pending {
      do throws(NetworkError) { try load(watch) } catch { failed(error) }
    }
    pending = []
    changed(table)
  }
}
