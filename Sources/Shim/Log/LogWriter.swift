import Glibc
import Linux
import Runtime
import State

/// A container's log on disk: the current file and older ones, `log.1` being the youngest of them.
final class LogWriter {
  private let path: String
  private let spec: LogSpec
  private var file: OwnedDescriptor
  /// The size of the current file.
  private(set) var size: Int64 = 0
  /// The number of the current file's inode.
  private(set) var inode: UInt64 = 0

  init(path: String, spec: LogSpec) throws(SyscallError) {
    self.path = path
    self.spec = spec
    file = try Self.open(path)
    // What was killed while it began a new file has left it.
    try Files.removeIfPresent("\(path).next")
    measure(try Files.status(descriptor: file.raw))
    LogRetention(path, spec).removeExcess()
  }

  private static func open(_ path: String) throws(SyscallError) -> OwnedDescriptor {
    try Files.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o640)
  }

  private func measure(_ status: FileStatus) {
    size = status.size
    inode = status.inode
  }

  /// How many bytes the current file should still get; a file that is full gives way to a new one
  /// first. A line is not broken for it. Where no further file can be made, the one goes on.
  func room() throws(SyscallError) -> Int {
    guard let maximum = spec.maximumSize, maximum > 0 else { return .max }
    if size >= maximum, try !rotate() { return Int(maximum) }
    return Int(maximum - size)
  }

  /// Appends bytes, all or none.
  func append(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
    try append(bytes.count) { () throws(SyscallError) in
      try Descriptors.writeAll(file.raw, bytes, path: path)
    }
  }

  /// Appends bytes, all or none.
  func append(_ bytes: [UInt8]) throws(SyscallError) {
    try append(bytes.count) { () throws(SyscallError) in
      try Descriptors.writeAll(file.raw, bytes, path: path)
    }
  }

  private func append(
    _ count: Int, _ write: () throws(SyscallError) -> Void
  ) throws(SyscallError) {
    do throws(SyscallError) {
      try write()
      size += Int64(count)
    } catch {
      // What was written of a line that does not end would be glued to the next.
      ftruncate(file.raw, off_t(size))
      throw error
    }
  }

  /// Cuts the current file to a size that it had.
  func truncate(to size: Int64) throws(SyscallError) {
    try Syscall.check(ftruncate(file.raw, off_t(size)), "ftruncate", path)
    self.size = size
  }

  /// Bytes of the current file; fewer at its end.
  func read(at offset: Int64, count: Int) throws(SyscallError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let length = try Syscall.retry("read", path) { pread(file.raw, &bytes, count, off_t(offset)) }
    bytes.removeLast(count - length)
    return bytes
  }

  /// Begins a new file; false when none can be made.
  private func rotate() throws(SyscallError) -> Bool {
    let oldest = LogRetention(path, spec).makeRoom()
    // It comes first: without it the older ones would be moved, and lost, for nothing.
    let next = "\(path).next"
    guard let new = try newFile(next, instead: oldest > 0 ? "\(path).\(oldest)" : nil) else {
      return false
    }
    let status = try Files.status(descriptor: new.raw)
    for number in stride(from: oldest, to: 0, by: -1) {
      let older = "\(path).\(number)"
      let younger = number == 1 ? path : "\(path).\(number - 1)"
      if rename(younger, older) != 0, errno != ENOENT {
        throw SyscallError("rename", path: older)
      }
    }
    // A new file, not an emptied one: whoever reads the old one comes to its end and sees that
    // another took its place.
    try Files.rename(next, path)
    file = new
    measure(status)
    return true
  }

  /// Makes an empty file. What is full gets room by the loss of the oldest file, which is to go in
  /// any case.
  private func newFile(
    _ path: String, instead oldest: String?
  ) throws(SyscallError) -> OwnedDescriptor? {
    do throws(SyscallError) { return try Self.open(path) } catch {
      guard error.shortage != nil else { throw error }
      if let oldest { try Files.removeIfPresent(oldest) }
      return try? Self.open(path)
    }
  }
}
