import Glibc
import Linux
import Runtime
import State
import TestSupport
import Testing

@testable import Shim

/// The way of what a program writes into its log, and what a successor makes of a way cut short.
@Suite("From the pipe to the log", .timeLimit(.standard))
struct LogPumpTests {
  private let files: TemporaryDirectory
  private let pipe: (read: OwnedDescriptor, write: OwnedDescriptor)

  init() throws {
    files = try TemporaryDirectory()
    pipe = try Descriptors.pipe(nonBlocking: true)
  }

  private var logPath: String { "\(files.path)/log" }

  private func makeLog(_ spec: LogSpec = LogSpec()) throws -> LogWriter {
    try LogWriter(path: logPath, spec: spec)
  }

  private func makeProgress() throws -> LogProgress {
    try LogProgress(path: "\(files.path)/progress")
  }

  private func write(_ text: String) throws {
    try Descriptors.writeAll(pipe.write.raw, Array(text.utf8))
  }

  /// Stream, tag and text of each line of the log.
  private func lines() throws -> [String] {
    try Files.readText(logPath).split(separator: "\n").map { line in
      line.split(separator: " ", maxSplits: 1).dropFirst().joined()
    }
  }

  /// How many bytes are left in the pipe.
  private func left() -> Int {
    var count: Int32 = 0
    _ = ioctl(pipe.read.raw, UInt(FIONREAD), &count)
    return Int(count)
  }

  @Test("lines of both streams come into the log, and are taken from the pipe")
  func streams() throws {
    let pump = try LogPump(log: makeLog(), progress: makeProgress())
    var seen: [String] = []
    pump.onBytes = { seen.append("\($0) \(String(decoding: $1, as: UTF8.self))") }
    #expect(try !pump.pump(.output, from: pipe.read.raw), "there is nothing yet")
    try write("one\ntwo\npart")
    #expect(try pump.pump(.output, from: pipe.read.raw))
    try write("ial\n")
    #expect(try pump.pump(.errors, from: pipe.read.raw))
    #expect(
      try lines() == ["stdout F one", "stdout F two", "stdout P part", "stderr F ial"])
    #expect(seen == ["output one\ntwo\npart", "errors ial\n"])
    #expect(left() == 0)
    #expect(try makeProgress().pending == nil, "nothing is on its way")
  }

  @Test("without a log everything is dropped once clients have it")
  func noLog() throws {
    let pump = try LogPump(log: nil, progress: nil)
    var count = 0
    pump.onBytes = { count += $1.count }
    try write("one\n")
    #expect(try pump.pump(.output, from: pipe.read.raw))
    #expect(count == 4 && left() == 0)
    #expect(try Files.list(files.path) == [])
  }

  @Test("a portion that is larger than a log file goes into several")
  func rotation() throws {
    let spec = LogSpec(maximumSize: 100, maximumFiles: 3)
    let pump = try LogPump(log: makeLog(spec), progress: makeProgress())
    try write((1...4).map { "line-\($0)-0123456789\n" }.joined())
    #expect(try pump.pump(.output, from: pipe.read.raw))
    #expect(try Files.list(files.path).sorted() == ["log", "log.1", "progress"])
    let texts = try ["log.1", "log"].map { try Files.readText("\(files.path)/\($0)") }
    #expect(texts.map { $0.split(separator: "\n").count } == [2, 2])
    #expect(left() == 0)
  }

  @Test("a note outlives its writer, and one that was taken back is gone")
  func note() throws {
    let portion = LogProgress.Portion(
      stream: .errors, source: 7, inode: 1 << 40, offset: 1 << 33, target: 48)
    try makeProgress().begin(portion)
    #expect(try makeProgress().pending == portion)
    try makeProgress().end()
    #expect(try makeProgress().pending == nil)
  }

  @Test("a note that was cut short does not count", arguments: 0..<6)
  func tornNote(field: Int) throws {
    try makeProgress().begin(
      LogProgress.Portion(stream: .output, source: 7, inode: 3, offset: 4, target: 48))
    var bytes = try Files.read("\(files.path)/progress")
    bytes[field * 8] ^= 0x55
    try Files.write("\(files.path)/progress", bytes)
    #expect(try makeProgress().pending == nil)
  }

  /// What the pump does up to a point at which it is killed: `written` bytes of a line are in the
  /// log, the pipe still has everything.
  private func cutShort(written: Int, of text: String) throws {
    try write(text)
    let log = try makeLog()
    let line = Array("2026-01-02T03:04:05.000000006Z stdout F \(text)".utf8)
    try makeProgress().begin(
      LogProgress.Portion(
        stream: .output, source: text.utf8.count, inode: log.inode, offset: log.size,
        target: line.count))
    line.prefix(written).withUnsafeBytes { log.append($0) }
  }

  @Test(
    "a successor writes each line once, wherever its predecessor ended", arguments: [0, 17, 44])
  func recovery(written: Int) throws {
    let before = try LogPump(log: makeLog(), progress: makeProgress())
    try write("before\n")
    _ = try before.pump(.output, from: pipe.read.raw)
    // A line of "abc" and its end is 44 bytes long in the log.
    try cutShort(written: written, of: "abc\n")
    let successor = try LogPump(log: makeLog(), progress: makeProgress())
    try successor.recover([.output: pipe.read.raw])
    try write("after\n")
    while try successor.pump(.output, from: pipe.read.raw) {}
    #expect(try lines() == ["stdout F before", "stdout F abc", "stdout F after"])
  }

  @Test("a portion that was taken from the pipe already is not taken twice")
  func consumedAlready() throws {
    try cutShort(written: 44, of: "abc\n")
    var taken = [UInt8](repeating: 0, count: 4)
    #expect(read(pipe.read.raw, &taken, taken.count) == 4)
    try write("xyz\n")
    let successor = try LogPump(log: makeLog(), progress: makeProgress())
    try successor.recover([.output: pipe.read.raw])
    while try successor.pump(.output, from: pipe.read.raw) {}
    #expect(try lines() == ["stdout F abc", "stdout F xyz"])
  }

  @Test("a note about another log file is not acted upon")
  func otherFile() throws {
    try cutShort(written: 17, of: "abc\n")
    try Files.rename(logPath, "\(logPath).1")
    let successor = try LogPump(log: makeLog(), progress: makeProgress())
    try successor.recover([.output: pipe.read.raw])
    #expect(try Files.status("\(logPath).1").size == 17)
    #expect(try makeProgress().pending == nil)
    while try successor.pump(.output, from: pipe.read.raw) {}
    #expect(try lines() == ["stdout F abc"])
  }
}
