import Glibc
import Linux
import Model
import State

/// Keeps the names of some networks up to date by watching their directories.
///
/// Source: inotify(7).
package final class NameDirectory {
  private let layout: Layout
  private let loop: EventLoop
  private let changed: (NameTable) -> Void
  private let inotify: OwnedDescriptor
  private var watched: [Int32: (id: ObjectID, name: String)] = [:]
  private var table = NameTable()
  private var pending: Set<Int32> = []
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Changes come in bursts, when a project goes up: one reading serves them all.
  private static let settleNanoseconds: UInt64 = 2_000_000

  /// Makes a directory that watches nothing yet.
  ///
  /// - Parameter changed: called with the whole table after each change.
  package init(
    _ layout: Layout, _ loop: EventLoop, changed: @escaping (NameTable) -> Void
  ) throws(SyscallError) {
    self.layout = layout
    self.loop = loop
    self.changed = changed
    inotify = OwnedDescriptor(
      try Syscall.check(
        inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)), "inotify_init1"))
    try loop.add(inotify.raw) { [weak self] _ in self?.readEvents() }
  }

  deinit { loop.remove(inotify.raw) }

  /// Watches a network, and reads its names now.
  package func watch(_ network: NetworkRecord) throws(SyscallError) {
    guard !watched.values.contains(where: { $0.id == network.id }) else { return }
    let path = NameRegistry.directory(layout, network.id)
    try Files.makeDirectories(path)
    let events = UInt32(IN_MOVED_TO | IN_DELETE | IN_ONLYDIR)
    let watch = try Syscall.check(
      inotify_add_watch(inotify.raw, path, events), "inotify_add_watch", path)
    watched[watch] = (network.id, network.name)
    load(watch)
    changed(table)
  }

  /// Stops watching a network and forgets its names.
  package func unwatch(_ network: ObjectID) {
    for (watch, entry) in watched where entry.id == network {
      inotify_rm_watch(inotify.raw, watch)
      watched[watch] = nil
    }
    table.remove(network: network)
    changed(table)
  }

  private func load(_ watch: Int32) {
    guard let network = watched[watch] else { return }
    table.update(
      network: network.id, name: network.name,
      entries: NameRegistry.entries(layout, network: network.id))
  }

  private func readEvents() {
    let wasQuiet = pending.isEmpty
    while true {
      let count = read(inotify.raw, &buffer, buffer.count)
      guard count > 0 else { break }
      note(buffer[..<count])
    }
    guard wasQuiet, !pending.isEmpty else { return }
    loop.after(nanoseconds: Self.settleNanoseconds) { [weak self] in self?.reload() }
  }

  /// `struct inotify_event`: watch, mask, cookie, length of the name, name.
  private func note(_ events: ArraySlice<UInt8>) {
    events.withUnsafeBytes { bytes in
      var offset = 0
      while offset + 16 <= bytes.count {
        let watch = bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)
        let mask = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        let length = bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self)
        // After an overflow nobody knows what changed: everything is read again.
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { pending.formUnion(watched.keys) }
        pending.insert(watch)
        offset += 16 + Int(length)
      }
    }
  }

  private func reload() {
    for watch in pending { load(watch) }
    pending = []
    changed(table)
  }
}
