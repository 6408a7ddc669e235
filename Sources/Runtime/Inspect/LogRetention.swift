import Glibc
import Linux
import State

/// Which rotated files of a log stay longer than their number says: those that somebody still reads,
/// and those that he will read next.
///
/// A reader locks the file that he reads, and the next one before he lets go of it. So a burst that
/// fills many files at once is read whole. When nobody reads, rotation is as it was asked for.
package struct LogRetention {
  private let path: String
  private let isRotated: Bool
  private let oldest: Int
  private let most: Int

  // A reader that stands still, such as a pager, must not fill the disk.
  private static let mostFiles = 1000
  private static let mostBytes: Int64 = 256 << 20

  /// For a log at `path` of which `maximumFiles` are kept.
  package init(_ path: String, _ spec: LogSpec) {
    self.path = path
    isRotated = (spec.maximumSize ?? 0) > 0
    oldest = spec.maximumFiles - 1
    let size = max(1, spec.maximumSize ?? 1)
    most = max(oldest, min(Self.mostFiles, Int(clamping: Self.mostBytes / size)))
  }

  /// Removes the files that are in excess and not read, and returns the number that the oldest one
  /// is to have once all were moved to the next higher one.
  package func makeRoom() -> Int {
    var number = oldest
    while Files.exists(name(number + 1)) { number += 1 }
    while number >= oldest {
      if isRead(number, removing: number > 0), number < most { return number + 1 }
      number -= 1
    }
    return oldest
  }

  /// Removes the files that are in excess and not read. Without a shim that writes, or by it: a file
  /// must not get another number meanwhile.
  package func removeExcess() {
    guard isRotated else { return }
    var number = oldest
    while Files.exists(name(number + 1)) { number += 1 }
    while number > oldest, !isRead(number, removing: true) { number -= 1 }
  }

  private func name(_ number: Int) -> String { number == 0 ? path : "\(path).\(number)" }

  /// True when somebody reads the file; otherwise it is removed if it may be. It is locked until it
  /// is, so that a reader that comes meanwhile waits and sees that it is gone.
  private func isRead(_ number: Int, removing: Bool) -> Bool {
    guard let file = try? Files.open(name(number), O_RDONLY) else { return false }
    let isRead = flock(file.raw, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    if removing, !isRead || number >= most { unlink(name(number)) }
    return isRead
  }
}
