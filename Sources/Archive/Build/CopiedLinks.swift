import Glibc
import Linux

/// Files of one copied directory that have several names: one file with several names in the copy.
///
/// Names in other sources of the same instruction are other files, as with BuildKit.
struct CopiedLinks {
  /// Where a file went first, and what was made there.
  private struct Copy {
    var path: MemberPath
    var made: FileIdentity
  }

  private var copies: [FileIdentity: Copy] = [:]

  /// Remembers where a file of the source was copied to.
  mutating func note(_ source: FileStatus, at path: MemberPath, _ writer: MemberWriter) {
    guard source.links > 1, let made = Self.status(path, writer) else { return }
    copies[FileIdentity(source)] = Copy(path: path, made: FileIdentity(made))
  }

  /// Makes another name of a file that was copied before; false when it was not, or when something
  /// else stands in its place by now.
  func link(
    _ source: FileStatus, to path: MemberPath, _ writer: MemberWriter
  ) throws(SyscallError) -> Bool {
    guard source.links > 1, let copy = copies[FileIdentity(source)], copy.path != path,
      let there = Self.status(copy.path, writer), FileIdentity(there) == copy.made
    else { return false }
    try writer.link(path, to: copy.path)
    return true
  }

  private static func status(_ path: MemberPath, _ writer: MemberWriter) -> FileStatus? {
    guard let file = try? writer.root.open(path, pathOnly, followLinks: false) else { return nil }
    return try? Files.status(descriptor: file.raw)
  }
}
