import Glibc
import Linux
import Model
import State

/// Reads the log of one container from its oldest rotated file to its newest line, and goes on
/// from there as more is written.
///
/// The newest file is `log`, older ones are `log.1`, `log.2` and so on. A file that is rotated
/// while it is read is read to its end first.
final class LogReader {
  /// Where the lines come from.
  let source: LogSource
  private let path: String
  private var parser: LogLineParser
  private var current: OwnedDescriptor?
  private var identity: UInt64 = 0
  private var rest: [UInt8] = []
  /// Files still to be read, the next one last.
  private var pending: [String] = []
  private var isOpened = false

  private static let chunk = 256 * 1024

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

  /// Passes over everything that is there now.
  func skipToEnd() {
    isOpened = true
    open(path)
    if let current { lseek(current.raw, 0, SEEK_END) }
  }

  /// Passes over all but the last `count` lines.
  func skip(toLast count: Int) {
    isOpened = true
    var missing = count
    for file in files {
      guard let descriptor = try? Files.open(file, O_RDONLY) else { continue }
      let (offset, found) = Self.offset(ofLast: missing, in: descriptor)
      missing -= found
      if missing > 0 {
        pending.append(file)
        continue
      }
      adopt(descriptor)
      lseek(descriptor.raw, offset, SEEK_SET)
      return
    }
    if let last = pending.popLast() { open(last) }
  }

  /// The files that are there, the newest first.
  private var files: [String] {
    var files = [path]
    var number = 1
    while Files.exists("\(path).\(number)") {
      files.append("\(path).\(number)")
      number += 1
    }
    return files
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
    if !isOpened {
      isOpened = true
      pending = files
      if let oldest = pending.popLast() { open(oldest) }
    }
    while true {
      if let bytes = readChunk() { return bytes }
      guard openNext() else { return nil }
    }
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
      open(next)
      return true
    }
    guard let status = try? Files.status(path) else { return false }
    guard current != nil else {
      open(path)
      return current != nil
    }
    guard status.inode != identity else { return false }
    // The file was rotated away: what came after it are the files with lower numbers.
    let newer = files.prefix { file in (try? Files.status(file))?.inode != identity }
    pending = Array(newer)
    guard let next = pending.popLast() else { return false }
    open(next)
    return true
  }

  private func open(_ file: String) {
    guard let descriptor = try? Files.open(file, O_RDONLY) else { return }
    adopt(descriptor)
  }

  private func adopt(_ descriptor: OwnedDescriptor) {
    identity = (try? Files.status(descriptor: descriptor.raw))?.inode ?? 0
    current = descriptor
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
