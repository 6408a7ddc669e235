import Model
import Glibc
import Linux

/// What is being written to the log right now, for a successor should this shim be killed.
///
/// It lives in a page of memory that a file in the run directory shares: storing a number there
/// costs no system call and outlives the process. What a program wrote goes from its pipe into a
/// staging file, of which this knows how much the log has; a portion is noted before the log gets
/// it, so that a successor can tell by the log's size whether it did.
package final class LogProgress {
  /// One portion on its way to the log.
  package struct Portion: Equatable {
    /// Which of the streams.
    package var stream: OutputStream
    /// Where it ends in the staging file. In format 1, of a roost that kept no such file: how many
    /// bytes of the pipe it is.
    package var source: Int
    /// The log's inode.
    package var inode: UInt64
    /// The log's size before.
    package var offset: Int64
    /// How many bytes of the log.
    package var target: Int

    /// Describes a portion.
    package init(stream: OutputStream, source: Int, inode: UInt64, offset: Int64, target: Int) {
      self.stream = stream
      self.source = source
      self.inode = inode
      self.offset = offset
      self.target = target
    }
  }

  private static let size = 4096
  private static let fields = 6
  /// The format that is written, in the word behind the fields, and the newest that can be read.
  /// Behind it is how much of each staging file is in the log, and
  /// how many bytes were lost; format 1 knew of none, and format 0
  /// had no format either.
  package static let format = 2
  private let memory: UnsafeMutablePointer<UInt64>

  /// Maps the file at a path, which is made if it is missing.
  package init(path: String) throws(SyscallError) {
    let file = try Files.open(path, O_RDWR | O_CREAT, mode: 0o600)
    // To touch a page for which there is no room would kill us. Source: mmap(2), SIGBUS.
    let code = posix_fallocate(file.raw, 0, off_t(Self.size))
    guard code == 0 else { throw SyscallError("fallocate", path: path, errno: code) }
    let flags = Int32(MAP_SHARED)
    guard let area = mmap(nil, Self.size, PROT_READ | PROT_WRITE, flags, file.raw, 0),
      area != MAP_FAILED
    else { throw SyscallError("mmap", path: path) }
    memory = area.bindMemory(to: UInt64.self, capacity: Self.fields + 4)
    if memory[0] == 0 { memory[Self.fields] = UInt64(Self.format) }
  }

  /// The format of the notes in a file; nil when there are none.
  package static func format(of path: String) -> Int? {
    let start = fields * MemoryLayout<UInt64>.size
    guard let bytes = try? Files.read(path, limit: start + MemoryLayout<UInt64>.size),
      bytes.count == start + MemoryLayout<UInt64>.size
    else { return nil }
    return Int(clamping: bytes[start...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  deinit { munmap(memory, Self.size) }

  /// Notes a portion.
  package func begin(_ portion: Portion) {
    memory[1] = UInt64(portion.stream.rawValue)
    memory[2] = UInt64(portion.source)
    memory[3] = portion.inode
    memory[4] = UInt64(portion.offset)
    memory[5] = UInt64(portion.target)
    // A note that was cut short does not add up.
    memory[0] = sum
  }

  /// Takes the note back.
  package func end() {
    memory[0] = 0
    memory[Self.fields] = UInt64(Self.format)
  }

  /// True when what is pending is a portion of a pipe: an older shim noted it.
  package var isAboutPipe: Bool { memory[Self.fields] < 2 }

  /// How many bytes at the beginning of a stream's staging file the log has.
  package func taken(_ stream: OutputStream) -> Int {
    Int(truncatingIfNeeded: memory[Self.fields + 1 + stream.rawValue])
  }

  /// Notes how much of a stream's staging file the log has.
  package func setTaken(_ stream: OutputStream, _ count: Int) {
    memory[Self.fields + 1 + stream.rawValue] = UInt64(count)
  }

  /// How many bytes the log lacks behind its end, because they could not be written.
  package var lost: Int {
    get { Int(truncatingIfNeeded: memory[Self.fields + 3]) }
    set { memory[Self.fields + 3] = UInt64(newValue) }
  }

  /// The portion that was on its way when the writer ended; nil when there was none.
  package var pending: Portion? {
    guard memory[0] != 0, memory[0] == sum,
      let stream = OutputStream(rawValue: Int(truncatingIfNeeded: memory[1]))
    else { return nil }
    return Portion(
      stream: stream, source: Int(memory[2]), inode: memory[3], offset: Int64(memory[4]),
      target: Int(memory[5]))
  }

  private var sum: UInt64 {
    (1..<Self.fields).reduce(1) { ($0 &* 31) &+ memory[$1] } | 1 << 63
  }
}
