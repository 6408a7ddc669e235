import Glibc
import Linux
import Model
import State

/// A directory of a test's own that goes with this object.
package final class TemporaryDirectory: Sendable {
  /// Where it is.
  package let path: String

  /// Makes an empty directory.
  package init() throws {
    var template = Array("/tmp/roost-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SyscallError("mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? Files.removeTree(path) }

  /// Directories for a whole installation.
  package var layout: Layout { Layout(root: "\(path)/root", runRoot: "\(path)/run") }

  /// Makes a directory and returns its path.
  package func directory(_ name: String) throws -> String {
    try Files.makeDirectories("\(path)/\(name)")
    return "\(path)/\(name)"
  }

  /// Writes a file, and the directories above it; returns its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws -> String {
    let place = "\(path)/\(name)"
    try Files.makeDirectories(Files.parent(of: place))
    try Files.write(place, bytes, mode: mode)
    return place
  }

  /// Writes a file, and the directories above it; returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    try write(name, Array(text.utf8), mode: mode)
  }
}

/// Runs `body` with a directory that is removed afterwards.
package func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  let directory = try TemporaryDirectory()
  try withExtendedLifetime(directory) { try body(directory.path) }
}
