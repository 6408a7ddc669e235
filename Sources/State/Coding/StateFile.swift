import Glibc
import Linux
import Model

/// Files of state: JSON, replaced whole, so that a reader sees the old or the new content.
package enum StateFile {
  /// The JSON in a file; nil when there is none, or when a crash of the machine left it torn.
  package static func read(_ path: String) throws(RecordError) -> JSON? {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else {
        throw RecordError(.file(path), .unreadable(error))
      }
      return nil
    }
    return try? JSON.parse(bytes)
  }

  /// Replaces a file, which nobody but root may read.
  package static func write(_ path: String, _ json: JSON) throws(SyscallError) {
    try Files.writeAtomically(path, json.utf8(), mode: 0o600)
  }
}
