import Glibc
import Linux
import Model
import State

/// Reads the log of one container from its oldest rotated file to its newest line, and goes on
/// from there as more is written.
///
/// The newest file is `log`, older ones are `log.1`, `log.2` and so on. A file that is rotated
/// while it is read is read to its end first. The one that is read is locked, by which the shim knows
/// that it and those after it are still wanted, however quickly it rotates: see `LogRetention`.
final class LogReader {
  /// Where the lines come from.
  let source: LogSource
  private let path: String
  private var parser: LogLineParser
  private var current: OwnedDescriptor?
  private var identity: UInt64 = 0
  private var rest: [UInt8] = []
  /// Files still to be read, the next one last.
  private var pending: [OwnedDescriptor] = []

  private static let chunk = 256 * 1024
  /// How often a file may be rotated away between a look and its opening.
  private static let attempts = 1000

  init(_ source: LogSource, path: String) {
    self.source = source
    self.path = path
    parser = LogLineParser(source)
  }

  /// The next lines, or none when there are no more for now.
  func read() -> [LogLine] {
    var lines: [LogLine] = []
    while lines.isEmpty {
      guard let bytes = nextBytes() else { break }
      take(bytes, into: &lines)
    }
    return lines
  }

  /// Passes over everything that is there now. A log that is not there is made, so that nothing of
  /// it is dropped before it is read.
  func skipToEnd() {
    guard let newest = hold(path, O_RDONLY | O_CREAT) else { return }
    lseek(newest.raw, 0, SEEK_END)
    adopt(newest)
  }

  /// Passes over all but the last `count` lines.
  func skip(toLast count: Int) {
    var missing = count
    var next = hold(path)
    while let file = next {
      let (offset, found) = Self.offset(ofLast: missing, in: file)
      missing -= found
      lseek(file.raw, missing > 0 ? 0 : offset, SEEK_SET)
      pending.append(file)
      next = missing > 0 ? older(than: file) : nil
    }
    if let oldest = pending.popLast() { adopt(oldest) }
  }

  // MARK: Files

  /// The inodes of the files that are there, the newest first.
  ///
  /// Rotation moves one file after the other to the next higher number, the oldest first. So one
  /// number at a time may be missing, and a file may be seen under two of them.
  private func identities() -> [UInt64] {
    var found: [UInt64] = []
    var number = 0
    var missing = 0
    while missing < 2 {
      if let status = try? Files.status(name(number)) {
        if !found.contains(status.inode) { found.append(status.inode) }
        missing = 0
      } else {
        missing += 1
      }
      number += 1
    }
    return found
  }

  private func name(_ number: Int) -> String { number == 0 ? path : "\(path).\(number)" }

  /// Opens a file and locks it; nil when it is not there, or was dropped meanwhile.
  private func hold(_ file: String, _ flags: Int32 = O_RDONLY) -> OwnedDescriptor? {
    // That of the shim, which makes it otherwise.
    guard let descriptor = try? Files.open(file, flags, mode: 0o640) else { return nil }
    while flock(descriptor.raw, LOCK_SH) != 0, errno == EINTR {}
    var information = stat()
    guard fstat(descriptor.raw, &information) == 0, information.st_nlink > 0 else { return nil }
    return descriptor
  }

  /// Opens the file with this inode, which may be moving to higher numbers.
  private func hold(identity wanted: UInt64) -> OwnedDescriptor? {
    var number = 0
    var missing = 0
    while missing < 2 {
      let file = hold(name(number))
      if let file, Self.identity(of: file) == wanted { return file }
      missing = file == nil ? missing + 1 : 0
      number += 1
    }
    return nil
  }

  private static func identity(of file: OwnedDescriptor) -> UInt64 {
    (try? Files.status(descriptor: file.raw))?.inode ?? 0
  }

  /// The file that was the newest before this one.
  private func older(than file: OwnedDescriptor) -> OwnedDescriptor? {
    let wanted = Self.identity(of: file)
    for _ in 0..<Self.attempts {
      let found = identities()
      guard let index = found.firstIndex(of: wanted), index + 1 < found.count else { return nil }
      if let older = hold(identity: found[index + 1]) { return older }
    }
    return nil
  }

  /// The file that came after the one with this inode, or, when that is gone, the oldest there is.
  private func newer(than wanted: UInt64?) -> OwnedDescriptor? {
    for _ in 0..<Self.attempts {
      guard let next = identities().prefix(while: { $0 != wanted }).last else { return nil }
      if let newer = hold(identity: next) { return newer }
    }
    return nil
  }

  private func take(_ bytes: [UInt8], into lines: inout [LogLine]) {
    guard let last = bytes.lastIndex(of: 0x0A) else {
      rest += bytes
      return
    }
    if rest.isEmpty, last == bytes.count - 1 {
      parser.parse(bytes, into: &lines)
      return
    }
    parser.parse(rest + bytes[...last], into: &lines)
    rest = Array(bytes[(last + 1)...])
  }

  private func nextBytes() -> [UInt8]? {
    while true {
      if let bytes = readChunk() { return bytes }
      guard isFollowed else { return nil }
      // It may have grown between the look at its end and its rotation. It will not any more.
      if let bytes = readChunk() { return bytes }
      guard openNext() else { return nil }
    }
  }

  /// True when there is a file after the one that is read.
  private var isFollowed: Bool {
    guard pending.isEmpty, current != nil else { return true }
    guard let status = try? Files.status(path) else { return false }
    return status.inode != identity
  }

  private func readChunk() -> [UInt8]? {
    guard let current else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
      count = max(0, Glibc.read(current.raw, buffer.baseAddress, buffer.count))
    }
    if bytes.isEmpty { return isCutShort(current) ? readChunk() : nil }
    return bytes
  }

  /// True when the file was emptied since it was read, as a log is that may have one file only;
  /// then it is read from its start.
  private func isCutShort(_ file: OwnedDescriptor) -> Bool {
    guard let size = try? Files.status(descriptor: file.raw).size,
      size < lseek(file.raw, 0, SEEK_CUR)
    else { return false }
    lseek(file.raw, 0, SEEK_SET)
    rest = []
    return size > 0
  }

  /// Goes on to the file that follows the one read to its end; false when that is the newest.
  private func openNext() -> Bool {
    if let next = pending.popLast() {
      adopt(next)
      return true
    }
    guard let next = newer(than: current == nil ? nil : identity) else { return false }
    adopt(next)
    return true
  }

  private func adopt(_ file: OwnedDescriptor) {
    identity = Self.identity(of: file)
    // The next one is locked before this one is let go.
    current = file
    rest = []
  }

  /// Where the last `count` lines of a file begin, and how many there are of them.
  private static func offset(
    ofLast count: Int, in descriptor: OwnedDescriptor
  ) -> (offset: off_t, found: Int) {
    var position = lseek(descriptor.raw, 0, SEEK_END)
    guard count > 0, position > 0 else { return (max(0, position), 0) }
    // The newline at the very end closes the last line; each one before begins a later line.
    var found = 0
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while position > 0 {
      let length = min(off_t(buffer.count), position)
      position -= length
      guard pread(descriptor.raw, &buffer, Int(length), position) == Int(length) else { break }
      for index in stride(from: Int(length) - 1, through: 0, by: -1) where buffer[index] == 0x0A {
        if found == count { return (position + off_t(index) + 1, count) }
        found += 1
      }
    }
    return (0, found)
  }
}
