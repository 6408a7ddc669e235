import Glibc
import Linux

/// Runs `body` with a directory that is removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  var template = Array("/tmp/roost-linux-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw SyscallError("mkdtemp") }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { try? Files.removeTree(path) }
  try body(path)
}
