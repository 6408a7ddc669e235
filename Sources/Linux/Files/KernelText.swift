import Synchronization

/// The first line of a file that stays the same as long as the machine runs.
///
/// It is read once; but where that fails, as without a free descriptor, it is read again the next
/// time.
package final class KernelText: Sendable {
  private let path: String
  private let known = Mutex<String?>(nil)

  /// Describes the file at `path`.
  package init(_ path: String) { self.path = path }

  /// The line; empty when there is no such file.
  package func read() throws(SyscallError) -> String {
    if let text = known.withLock({ $0 }) { return text }
    let bytes = try Files.readIfPresent(path) ?? []
    let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    known.withLock { $0 = text }
    return text
  }
}
