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

  private var place: ContainerLayout {
    ContainerLayout(state: files.path, run: "\(files.path)/run")
  }

  private func makeTarget(_ spec: LogSpec = LogSpec()) throws -> LogTarget {
    try Files.makeDirectories(place.run)
    return try LogTarget(place, spec)
  }

  /// A shim's pump, and what another one finds that takes its place.
  private func makePump(_ spec: LogSpec = LogSpec()) throws -> LogPump {
    try LogPump(makeTarget(spec))
  }

  private func write(_ text: String) throws {
    try Descriptors.writeAll(pipe.write.raw, Array(text.utf8))
  }

  /// Stream, tag and text of each line of the log.
  private func lines() throws -> [String] {
    try Files.readText(place.log).split(separator: "\n").map { line in
      line.split(separator: " ", maxSplits: 1).dropFirst().joined()
    }
  }

  /// How many bytes are left in the pipe.
  private func left() -> Int {
    var count: Int32 = 0
    _ = ioctl(pipe.read.raw, UInt(FIONREAD), &count)
    return Int(count)
  }

  /// Pumps all there is.
  private func drain(_ pump: LogPump, _ stream: OutputStream = .output) throws {
    while try pump.pump(stream, from: pipe.read.raw) {}
  }

  @Test("lines of both streams come into the log, and are taken from the pipe")
  func streams() throws {
    let pump = try makePump()
    var seen: [String] = []
    pump.onBytes = { seen.append("\($0) \(String(decoding: $1, as: UTF8.self))") }
    #expect(try !pump.pump(.output, from: pipe.read.raw), "there is nothing yet")
    try write("one\ntwo\npart")
    #expect(try pump.pump(.output, from: pipe.read.raw))
    try write("er\n")
    #expect(try pump.pump(.errors, from: pipe.read.raw))
    #expect(try lines() == ["stdout F one", "stdout F two", "stderr F er"])
    try write("ial\nla")
    #expect(try pump.pump(.output, from: pipe.read.raw))
    try pump.finish()
    #expect(
      try lines() == [
        "stdout F one", "stdout F two", "stderr F er", "stdout F partial", "stdout P la",
      ])
    #expect(seen == ["output one\ntwo\npart", "errors er\n", "output ial\nla"])
    #expect(left() == 0)
    #expect(try makeTarget().progress.pending == nil, "nothing is on its way")
  }

  @Test("a line that does not end is cut as Docker cuts it, not kept for ever")
  func longLine() throws {
    let pump = try makePump()
    for _ in 0..<5 {
      try write(String(repeating: "x", count: 4096))
      try drain(pump)
    }
    #expect(try lines().map(\.count) == [LogPump.longestHeld + 9])
    try write("\n")
    try drain(pump)
    #expect(try lines().map { $0.prefix(8) } == ["stdout P", "stdout F"])
  }

  @Test("what a terminal shows comes in whole lines as well")
  func terminal() throws {
    let pump = try makePump()
    for part in ["o", "ne\ntw", "o\n"] {
      try Array(part.utf8).withUnsafeBytes { try pump.pass($0) }
    }
    #expect(try lines() == ["stdout F one", "stdout F two"])
  }

  @Test("without a log everything is dropped once clients have it")
  func noLog() throws {
    let pump = try LogPump(nil)
    var count = 0
    pump.onBytes = { count += $1.count }
    try write("one\n")
    #expect(try pump.pump(.output, from: pipe.read.raw))
    #expect(try !pump.pump(.output, from: pipe.read.raw))
    #expect(count == 4 && left() == 0)
    #expect(try Files.list(files.path) == [])
  }

  @Test("a portion that is larger than a log file goes into several")
  func rotation() throws {
    let pump = try makePump(LogSpec(maximumSize: 100, maximumFiles: 3))
    try write((1...4).map { "line-\($0)-0123456789\n" }.joined())
    #expect(try pump.pump(.output, from: pipe.read.raw))
    #expect(try Files.list(files.path).sorted() == ["log", "log.1", "run"])
    let texts = try ["log.1", "log"].map { try Files.readText("\(files.path)/\($0)") }
    #expect(texts.map { $0.split(separator: "\n").count } == [2, 2])
    #expect(left() == 0)
  }

  @Test("a run directory without room does not stop the log")
  func noRoomToStage() throws {
    try Files.makeDirectories(place.run)
    try Files.link(place.logStaging(.output), to: "/dev/full")
    let pump = try makePump()
    var seen = 0
    pump.onBytes = { seen += $1.count }
    try write("a line\npart")
    try drain(pump)
    try Array("next\n".utf8).withUnsafeBytes { try pump.pass($0) }
    #expect(try lines() == ["stdout F a line", "stdout P part", "stdout F next"])
    #expect(seen == 16 && left() == 0)
  }

  // MARK: - Shims that are killed

  @Test("a note outlives its writer, and one that was taken back is gone")
  func note() throws {
    let portion = LogProgress.Portion(
      stream: .errors, source: 7, inode: 1 << 40, offset: 1 << 33, target: 48)
    try makeTarget().progress.begin(portion)
    try makeTarget().progress.setTaken(.errors, 5)
    #expect(try makeTarget().progress.pending == portion)
    #expect(try makeTarget().progress.taken(.errors) == 5)
    try makeTarget().progress.end()
    #expect(try makeTarget().progress.pending == nil)
  }

  @Test("a note that was cut short does not count", arguments: 0..<6)
  func tornNote(field: Int) throws {
    try makeTarget().progress.begin(
      LogProgress.Portion(stream: .output, source: 7, inode: 3, offset: 4, target: 48))
    var bytes = try Files.read(place.logProgress)
    bytes[field * 8] ^= 0x55
    try Files.write(place.logProgress, bytes)
    #expect(try makeTarget().progress.pending == nil)
  }

  /// An instant at which a shim may be killed while it brings "abc\nab" to the log.
  enum Instant: Int, CaseIterable, CustomTestStringConvertible {
    case inPipe, staged, noted, aPartIsWritten, written, taken, noteTakenBack, restIsMoved, cut

    var testDescription: String { "\(self)" }
  }

  /// Does what a pump does up to an instant.
  private func advance(to instant: Instant) throws {
    try write("abc\nab")
    let (target, raw) = (try makeTarget(), pipe.read.raw)
    let staging = target.staging(.output)
    let line = Array("2026-01-02T03:04:05.000000006Z stdout F abc\n".utf8)
    let steps: [(Instant, () throws -> Void)] = [
      (.staged, { _ = try staging.take(from: raw, atMost: 100) }),
      (
        .noted,
        {
          target.progress.begin(
            LogProgress.Portion(
              stream: .output, source: 4, inode: target.log.inode, offset: target.log.size,
              target: line.count))
        }
      ),
      (.aPartIsWritten, { line.prefix(17).withUnsafeBytes { try? target.log.append($0) } }),
      (.written, { line.dropFirst(17).withUnsafeBytes { try? target.log.append($0) } }),
      (.taken, { target.progress.setTaken(.output, 4) }),
      (.noteTakenBack, { target.progress.end() }),
      (
        .restIsMoved,
        {
          let file = try Files.open(place.logStaging(.output), O_WRONLY)
          try Descriptors.writeAll(file.raw, Array("ab".utf8))
        }
      ),
      (.cut, { truncate(place.logStaging(.output), 2) }),
    ]
    for (step, body) in steps where step.rawValue <= instant.rawValue { try body() }
  }

  @Test(
    "a successor writes each line once, wherever its predecessor ended",
    arguments: Instant.allCases)
  func recovery(instant: Instant) throws {
    let before = try makePump()
    try write("abc\n")
    try drain(before)
    try advance(to: instant)
    // The same again: what came later does not look different.
    try write("c\nabc\nabc\n")
    let successor = try makePump()
    try successor.recover([.output: pipe.read.raw])
    try drain(successor)
    #expect(try lines() == Array(repeating: "stdout F abc", count: 5))
    try successor.finish()
    #expect(try lines().count == 5)
  }

  @Test("a note about another log file is not acted upon")
  func otherFile() throws {
    try advance(to: .aPartIsWritten)
    try Files.rename(place.log, "\(place.log).1")
    let successor = try makePump()
    try successor.recover([.output: pipe.read.raw])
    #expect(try Files.status("\(place.log).1").size == 17)
    #expect(try makeTarget().progress.pending == nil)
    try drain(successor)
    #expect(try lines() == ["stdout F abc"])
  }

  @Test("a note of a shim without staging files is about its pipe", arguments: [true, false])
  func olderNote(isInPipe: Bool) throws {
    let line = Array("2026-01-02T03:04:05.000000006Z stdout F abc\n".utf8)
    do {
      let target = try makeTarget()
      target.progress.begin(
        LogProgress.Portion(
          stream: .output, source: 4, inode: target.log.inode, offset: 0, target: line.count))
      line.withUnsafeBytes { try? target.log.append($0) }
    }
    var page = try Files.read(place.logProgress)
    page[48] = 1
    try Files.write(place.logProgress, page)
    if isInPipe { try write("abc\n") }
    try write("xyz\n")
    let successor = try makePump()
    try successor.recover([.output: pipe.read.raw])
    try drain(successor)
    #expect(try lines() == ["stdout F abc", "stdout F xyz"])
    #expect(LogProgress.format(of: place.logProgress) == LogProgress.format)
  }
}
