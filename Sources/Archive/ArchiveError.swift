import Linux
import Model
import State

/// Why an archive could not be read or written.
package enum ArchiveError: Error, Sendable, CustomStringConvertible {
  /// The request is not understood, or of another version.
  case request(MessageError)
  /// The archive is damaged or not of a known kind.
  case unreadable(reason: String)
  /// What the request names cannot be used: a user that is not there, or a mode that is none.
  case unusable(String, hint: String)
  /// A member was refused.
  case refused(member: String, reason: String)
  /// The unpacked size passed the limit in bytes.
  case tooLarge(limit: Int64)
  /// A system call failed; the path is that of the member.
  case system(SyscallError)

  /// A sentence for people.
  package var description: String {
    switch self {
    case .request(let error): error.message
    case .unusable(let message, _): message
    case .unreadable(let reason): "the archive cannot be read: \(reason)"
    case .refused(let member, let reason): "the archive's member '\(member)' \(reason)"
    case .tooLarge(let limit): "the archive unpacks to more than \(limit) bytes"
    case .system(let error): error.description
    }
  }

  /// A file that is larger than what is free where it is to be written. A sparse file may claim any
  /// size: to read its zeros for hours, until the disk is full, helps nobody.
  static func checkRoom(
    for size: Int64, at descriptor: Int32, path: String
  ) throws(ArchiveError) {
    guard let free = Filesystems.freeSpace(descriptor), size > free else { return }
    let place = (try? Files.readLink("/proc/self/fd/\(descriptor)")) ?? "the image store"
    throw .unusable(
      "'\(path)' has \(size) bytes, and only \(free) are free on the file system of \(place)",
      hint: "leave the file out, or make room, for example with `roost image prune`")
  }

  /// The error as the process that asked is told of it.
  var failure: ArchiveFailure {
    let kind: ArchiveFailure.Kind =
      switch self {
      case .request(let error): .request(hint: error.hint)
      case .unusable(_, let hint): .request(hint: hint)
      case .unreadable: .unreadable
      case .refused: .refused
      case .tooLarge: .tooLarge
      case .system(let error): .system(call: error.call, errno: error.errno, path: error.path)
      }
    guard case .system(let error) = self else { return ArchiveFailure(kind, description) }
    return ArchiveFailure(kind, description, shortage: error.shortage?.description)
  }

  /// Runs `body` and wraps the system's errors.
  static func wrapping<Result>(
    _ body: () throws(SyscallError) -> Result
  ) throws(ArchiveError) -> Result {
    do throws(SyscallError) { return try body() } catch { throw .system(error) }
  }
}
