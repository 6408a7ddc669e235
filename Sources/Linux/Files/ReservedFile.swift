import Glibc

/// A file that can be replaced although the disk is full: what is to be removed from it is what makes
/// room. As much as it takes is set aside beside it.
package enum ReservedFile {
  /// Replaces the file as `Files.writeAtomically` does with `sync`, and sets room aside for the next
  /// time. Only one process at a time may do so.
  package static func write(_ path: String, _ bytes: [UInt8]) throws(SyscallError) {
    do throws(SyscallError) {
      try Files.writeAtomically(path, bytes, sync: true)
    } catch {
      guard error.shortage != nil, try fill(reserve(of: path), bytes) else { throw error }
      try Files.rename(reserve(of: path), path)
      try Files.syncDirectory(Files.parent(of: path))
    }
    reserveRoom(for: bytes.count, beside: path)
  }

  /// The file whose room is used when there is no other.
  static func reserve(of path: String) -> String { "\(path).reserve" }

  /// Writes into the room that was set aside; false when that is too small or not there.
  private static func fill(_ reserve: String, _ bytes: [UInt8]) throws(SyscallError) -> Bool {
    guard let status = try? Files.status(reserve, followLinks: false), status.kind == .regular,
      status.size >= Int64(bytes.count)
    else { return false }
    let file = try Files.open(reserve, O_WRONLY | O_NOFOLLOW)
    try Descriptors.writeAll(file.raw, bytes, path: reserve)
    try Syscall.check(ftruncate(file.raw, off_t(bytes.count)), "ftruncate", reserve)
    try Syscall.check(fsync(file.raw), "fsync", reserve)
    return true
  }

  // It is a precaution: without room for it nothing is lost yet.
  private static func reserveRoom(for count: Int, beside path: String) {
    let reserve = reserve(of: path)
    if let status = try? Files.status(reserve, followLinks: false), status.size >= Int64(count) {
      return
    }
    guard let file = try? Files.open(reserve, O_WRONLY | O_CREAT | O_NOFOLLOW) else { return }
    // Some more, so that it does not have to grow with each image.
    let size = (count / granularity + 2) * granularity
    if posix_fallocate(file.raw, 0, off_t(size)) != 0 { _ = unlink(reserve) }
  }

  private static let granularity = 4096
}
