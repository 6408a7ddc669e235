import Glibc
import Linux
import Model
import State

/// Gives each container ids of the machine that nobody else has: no user, no other container, no
/// range that is set aside for somebody (subuid(5)).
///
/// Containers of all roots of the machine reserve their ranges in one directory, with a link each
/// that is called by the first id and leads to the container's directory. A link that leads nowhere
/// is what a removed root left, and may be taken over.
package struct IDRanges: Sendable {
  /// How many ids a container has: 0 to 65535, as in all images that are not made for more.
  package static let count: UInt32 = 65_536
  /// The first id of the first range. It lies above what useradd(8) sets aside, what systemd-nspawn
  /// picks from and what SSSD gives to users of directories by default; the last one ends below
  /// the ids that systemd keeps for itself.
  package static let first: UInt32 = 2_000_224_256
  /// How many ranges there are.
  package static let ranges: UInt32 = 2_245

  private let directory: String
  private let users: String

  /// Takes the directory of the reservations, and that of `passwd`, `group`, `subuid`, `subgid`.
  package init(directory: String = Layout.idReservations, users: String = "/etc") {
    self.directory = directory
    self.users = users
  }

  /// Reserves a range for a container, the one that it had before if possible, and records it.
  package func reserve(
    _ container: ContainerLayout, _ id: ObjectID
  ) throws(SyscallError) -> IDMap {
    let before = IDMapRecord.readIfUsable(container.idMap)?.map
    while true {
      try Files.makeDirectories(directory, mode: 0o700)
      let lock = try Files.open(directory, O_RDONLY | O_DIRECTORY)
      try Syscall.retry("flock", directory) { flock(lock.raw, LOCK_EX) }
      defer { flock(lock.raw, LOCK_UN) }
      do throws(SyscallError) {
        let map = try pick(for: container.state, id, before: before)
        if map != before { try IDMapRecord(map).write(container.idMap) }
        return map
      } catch {
        // Whoever gave the last range back removed the directory meanwhile.
        guard error.errno == ENOENT, !Files.exists(directory) else { throw error }
      }
    }
  }

  /// Gives the range of a container back; none is not an error.
  package static func release(
    _ container: ContainerLayout, directory: String = Layout.idReservations
  ) throws(SyscallError) {
    guard let map = IDMapRecord.readIfUsable(container.idMap)?.map else { return }
    let link = "\(directory)/\(map.start)"
    if (try? Files.readLink(link)) == container.state { try Files.removeIfPresent(link) }
    // The last one takes the directory along.
    rmdir(directory)
  }

  /// Gives the range of a container back that is to have none any more.
  package static func forget(_ container: ContainerLayout) throws(SyscallError) {
    try release(container)
    try Files.removeIfPresent(container.idMap)
  }

  private func pick(
    for state: String, _ id: ObjectID, before: IDMap?
  ) throws(SyscallError) -> IDMap {
    let beginning = UInt32(id.hex.prefix(7), radix: 16) ?? 0
    let numbers = (0..<Self.ranges).lazy.map { (beginning + $0) % Self.ranges }
    let starts = (before.map { [$0.start] } ?? []) + numbers.map { Self.first + $0 * Self.count }
    let taken = TakenIDs.all(below: users)
    for start in starts {
      let map = IDMap(start: start, count: Self.count)
      guard !taken.contains(where: map.hostIDs.overlaps) else { continue }
      if try take(start, for: state) { return map }
    }
    throw SyscallError("reserve user ids", path: directory, errno: EUSERS)
  }

  private func take(_ start: UInt32, for state: String) throws(SyscallError) -> Bool {
    let link = place(start)
    do throws(SyscallError) {
      try Files.link(link, to: state)
      return true
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
    let owner = try Files.readLink(link)
    if owner == state { return true }
    guard !Files.exists(owner) else { return false }
    try Files.removeIfPresent(link)
    try Files.link(link, to: state)
    return true
  }

  private func place(_ start: UInt32) -> String { "\(directory)/\(start)" }
}

/// The ids that belong to somebody.
enum TakenIDs {
  /// Those that files as in /etc name. Source: passwd(5), group(5), subuid(5).
  static func all(below directory: String) -> [ClosedRange<UInt32>] {
    func fields(_ name: String) -> [[Substring]] {
      ((try? Files.readText("\(directory)/\(name)")) ?? "").split(separator: "\n").map {
        $0.split(separator: ":", omittingEmptySubsequences: false)
      }
    }
    let single = (fields("passwd") + fields("group")).compactMap { line in
      line.count > 2 ? UInt32(line[2]).map { $0...$0 } : nil
    }
    let ranges = (fields("subuid") + fields("subgid")).compactMap { line in
      line.count > 2 ? range(UInt32(line[1]), UInt32(line[2])) : nil
    }
    return (single + ranges).filter { $0.upperBound >= IDRanges.first }
  }

  private static func range(_ start: UInt32?, _ count: UInt32?) -> ClosedRange<UInt32>? {
    guard let start, let count, count > 0 else { return nil }
    let (end, isTooLarge) = start.addingReportingOverflow(count - 1)
    return start...(isTooLarge ? .max : end)
  }
}
