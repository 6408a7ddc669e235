import Glibc
import Linux
import Model
import State

/// Gives each container ids of the machine that nobody else has: no user, no other container, no
/// range that is set aside for somebody (subuid(5)).
///
/// Containers of all roots of the machine reserve their ranges in one directory, with a link each
/// that is called by the first id and names the container: its directory, cut after the first
/// letters of its id, since file systems keep short links in the inode. A link that names nothing is
/// what a removed root left, and may be taken over.
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
    let names: [String]
    if let map = IDMapRecord.readIfUsable(container.idMap)?.map {
      names = ["\(map.start)"]
    } else {
      // A command that was killed may have reserved it and not come to note it.
      names = try Files.listIfPresent(directory)
    }
    for name in names {
      let link = "\(directory)/\(name)"
      if let owner = try? Files.readLink(link), Self.owns(owner, container.state) {
        try Files.removeIfPresent(link)
      }
    }
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
    let length = Files.parent(of: state).utf8.count + 1 + Self.idLength
    let owner = String(decoding: state.utf8.prefix(length), as: UTF8.self)
    do throws(SyscallError) {
      try Files.link(link, to: owner)
      return true
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
    let other = try Files.readLink(link)
    if Self.owns(other, state) { return true }
    let directory = Files.parent(of: other)
    let names = try Files.listIfPresent(directory)
    if names.contains(where: { Self.owns(other, "\(directory)/\($0)") }) { return false }
    try Files.removeIfPresent(link)
    try Files.link(link, to: owner)
    return true
  }

  /// How much of a container's id a link has.
  private static let idLength = 12

  /// True when a link names a container by its directory, or by the beginning of it.
  private static func owns(_ link: String, _ state: String) -> Bool {
    state.utf8.starts(with: link.utf8) && Files.parent(of: link) == Files.parent(of: state)
  }

  private func place(_ start: UInt32) -> String { "\(directory)/\(start)" }
}

/// The ids that belong to somebody.
enum TakenIDs {
  private static let newline = UInt8(ascii: "\n")
  private static let colon = UInt8(ascii: ":")

  /// Those that files as in /etc name. Source: passwd(5), group(5), subuid(5).
  ///
  /// Each start of a container reads these files, and most of what they name is below all ranges of
  /// ours: numbers are taken from the bytes.
  static func all(below directory: String) -> [ClosedRange<UInt32>] {
    var found: [ClosedRange<UInt32>] = []
    for name in ["passwd", "group"] {
      forEachLine(of: "\(directory)/\(name)") { fields in
        guard fields.count > 2, let id = number(fields[2]), id >= IDRanges.first else { return }
        found.append(id...id)
      }
    }
    for name in ["subuid", "subgid"] {
      forEachLine(of: "\(directory)/\(name)") { fields in
        guard fields.count > 2, let start = number(fields[1]), let count = number(fields[2]),
          count > 0
        else { return }
        let (end, isTooLarge) = start.addingReportingOverflow(count - 1)
        guard isTooLarge || end >= IDRanges.first else { return }
        found.append(start...(isTooLarge ? .max : end))
      }
    }
    return found
  }

  /// Takes the fields of each line of a file; a missing file has none.
  private static func forEachLine(of path: String, _ body: ([ArraySlice<UInt8>]) -> Void) {
    guard let bytes = (try? Files.readIfPresent(path)) ?? nil else { return }
    for line in bytes.split(separator: newline) {
      body(line.split(separator: colon, maxSplits: 3, omittingEmptySubsequences: false))
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
    guard !digits.isEmpty, digits.count <= 10 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
      value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
    }
    return UInt32(exactly: value)
  }
}
