import Linux
import Model

/// Why an archive could not be read or written.
package enum ArchiveError: Error, Sendable, CustomStringConvertible {
  /// The archive is damaged or not of a known kind.
  case unreadable(reason: String)
  /// A member was refused.
  case refused(member: String, reason: String)
  /// The unpacked size passed the limit in bytes.
  case tooLarge(limit: Int64)
  /// A system call failed; the path is that of the member.
  case system(SyscallError)

  /// A sentence for people.
  package var description: String {
    switch self {
    case .unreadable(let reason): "the archive cannot be read: \(reason)"
    case .refused(let member, let reason): "the archive's member '\(member)' \(reason)"
    case .tooLarge(let limit): "the archive unpacks to more than \(limit) bytes"
    case .system(let error): error.description
    }
  }

  /// The error as JSON, for the process that asked.
  var json: JSON {
    switch self {
    case .unreadable: ["kind": "unreadable", "message": .string(description)]
    case .refused(let member, _):
      ["kind": "refused", "message": .string(description), "path": .string(member)]
    case .tooLarge(let limit):
      ["kind": "tooLarge", "message": .string(description), "limit": .integer(limit)]
    case .system(let error):
      [
        "kind": "system", "message": .string(description), "call": .string(error.call),
        "errno": .integer(Int64(error.errno)), "path": error.path.map(JSON.string) ?? nil,
      ]
    }
  }

  /// Runs `body` and wraps the system's errors.
  static func wrapping<Result>(
    _ body: () throws(SyscallError) -> Result
  ) throws(ArchiveError) -> Result {
    do throws(SyscallError) { return try body() } catch { throw .system(error) }
  }
}
