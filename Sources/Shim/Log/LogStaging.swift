import Glibc
import Linux

/// A file in the run directory for what a program wrote and the log does not have yet.
///
/// What the kernel moves from the pipe to this file leaves the one in the same call as it gets into
/// the other: a shim that is killed leaves each byte in exactly one of them. Source: splice(2).
final class LogStaging {
  private let path: String
  private let file: OwnedDescriptor
  /// How many bytes are in it.
  private(set) var size: Int

  init(path: String) throws(SyscallError) {
    self.path = path
    file = try Files.open(path, O_RDWR | O_CREAT, mode: 0o600)
    size = Int(try Files.status(descriptor: file.raw).size)
    try seek()
  }

  /// Takes what is in a pipe; returns how many bytes that was, 0 when there is nothing (now).
  func take(from pipe: Int32, atMost length: Int) throws(SyscallError) -> Int {
    let count = try Descriptors.splice(from: pipe, to: file.raw, atMost: length)
    size += count
    return count
  }

  /// Takes bytes that were read already, all or none.
  func append(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
    do throws(SyscallError) {
      try Descriptors.writeAll(file.raw, bytes, path: path)
      size += bytes.count
    } catch {
      ftruncate(file.raw, off_t(size))
      try seek()
      throw error
    }
  }

  /// Bytes from a position on, as many as there are and fit.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SyscallError) -> Int
  {
    try Syscall.retry("read", path) {
      pread(file.raw, buffer.baseAddress, min(buffer.count, size - offset), off_t(offset))
    }
  }

  /// Moves the bytes behind the first `taken` to the beginning. They are there twice until the file
  /// is cut; from then on it is shorter than `taken`, by which a successor sees that it was.
  func drop(_ taken: Int, keeping rest: UnsafeRawBufferPointer) throws(SyscallError) {
    if !rest.isEmpty {
      try Syscall.retry("write", path) { pwrite(file.raw, rest.baseAddress, rest.count, 0) }
    }
    try Syscall.check(ftruncate(file.raw, off_t(rest.count)), "ftruncate", path)
    size = rest.count
    try seek()
  }

  private func seek() throws(SyscallError) {
    try Syscall.check(Int(lseek(file.raw, off_t(size), SEEK_SET)), "lseek", path)
  }
}
