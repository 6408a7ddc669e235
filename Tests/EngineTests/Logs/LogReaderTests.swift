import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Engine

/// The log of one container, written as the shim writes it.
final class WrittenLog {
  let sandbox: TestEngine
  let record: ContainerRecord
  let path: String

  init(_ sandbox: TestEngine, _ service: String = "a") throws {
    self.sandbox = sandbox
    record = containerRecord(service)
    path = sandbox.layout.container(record.id).log
    try Files.makeDirectories(Files.parent(of: path))
  }

  /// A line as it stands in the file; `second` is its time.
  static func line(_ second: Int64, _ text: String, tag: String = "F") -> String {
    "\(Timestamp(seconds: second).rfc3339) stdout \(tag) \(text)\n"
  }

  func append(_ text: String) throws { try Files.append(path, Array(text.utf8)) }

  func append(_ second: Int64, _ text: String) throws { try append(Self.line(second, text)) }

  /// What the shim does when the file has grown too large.
  func rotate(keeping count: Int = 9) throws {
    for number in stride(from: count - 1, through: 1, by: -1)
    where Files.exists("\(path).\(number)") {
      try Files.rename("\(path).\(number)", "\(path).\(number + 1)")
    }
    try Files.rename(path, "\(path).1")
    try Files.write(path, "")
  }

  func file() -> LogReader { LogReader(record.logSource, path: path) }
}

extension LogReader {
  /// The texts of everything that can be read now.
  func texts() -> [String] {
    var texts: [String] = []
    while true {
      let lines = read()
      if lines.isEmpty { return texts }
      texts += lines.map { String(decoding: $0.text, as: UTF8.self) }
    }
  }
}

@Suite("Reading logs", .timeLimit(.standard))
struct LogReaderTests {
  let log: WrittenLog

  init() throws { log = try WrittenLog(TestEngine()) }

  @Test("a log that is not there yet is empty, and read once it comes")
  func missing() throws {
    let file = log.file()
    #expect(file.texts() == [])
    try log.append(1, "first")
    #expect(file.texts() == ["first"])
  }

  @Test("what is written later is read later, nothing twice")
  func growing() throws {
    let file = log.file()
    try log.append(1, "one")
    #expect(file.texts() == ["one"])
    #expect(file.texts() == [])
    try log.append(2, "two")
    #expect(file.texts() == ["two"])
  }

  @Test("a line that is still being written comes when it is whole")
  func torn() throws {
    let file = log.file()
    let line = WrittenLog.line(1, "slowly")
    for part in [line.prefix(10), line.dropFirst(10).prefix(32)] {
      try log.append(String(part))
      #expect(file.texts() == [])
    }
    try log.append(String(line.dropFirst(42)) + WrittenLog.line(2, "next"))
    #expect(file.texts() == ["slowly", "next"])
  }

  @Test("rotated files are read first, the oldest to the newest")
  func rotated() throws {
    for second in 1...5 {
      try log.append(Int64(second), "\(second)")
      if second < 5 { try log.rotate() }
    }
    #expect(log.file().texts() == ["1", "2", "3", "4", "5"])
  }

  @Test("a file that is rotated while it is read is read to its end, then those after it")
  func rotatedMeanwhile() throws {
    let file = log.file()
    try log.append(1, "1")
    #expect(file.texts() == ["1"])
    try log.append(2, "2")
    try log.rotate()
    try log.append(3, "3")
    try log.rotate()
    try log.append(4, "4")
    #expect(file.texts() == ["2", "3", "4"])
    #expect(file.texts() == [])
  }

  @Test("a reader whose file was dropped goes on with the oldest that is left")
  func dropped() throws {
    let file = log.file()
    try log.append(1, "1")
    #expect(file.texts() == ["1"])
    for second in 2...4 {
      try log.rotate(keeping: 1)
      try log.append(Int64(second), "\(second)")
    }
    #expect(file.texts() == ["3", "4"])
  }

  @Test("a log that may have one file only is emptied, and read from its start again")
  func emptied() throws {
    let file = log.file()
    for second in 1...3 { try log.append(Int64(second), "\(second)") }
    #expect(file.texts() == ["1", "2", "3"])
    try Files.write(log.path, "")
    #expect(file.texts() == [])
    try log.append(4, "4")
    #expect(file.texts() == ["4"])
    try Files.write(log.path, WrittenLog.line(5, ""))
    #expect(file.texts() == [""])
  }

  @Test("the end of a log reaches back over rotated files", arguments: 0...7)
  func tail(count: Int) throws {
    for second in 1...6 {
      try log.append(Int64(second), "\(second)")
      if second.isMultiple(of: 2), second < 6 { try log.rotate() }
    }
    let file = log.file()
    file.skip(toLast: count)
    #expect(file.texts() == (1...6).suffix(count).map(String.init))
    try log.append(7, "7")
    #expect(file.texts() == ["7"])
  }

  @Test("the end of a log is found behind lines longer than the pieces it is searched in")
  func longTail() throws {
    let long = String(repeating: "x", count: 100_000)
    for second in 1...3 { try log.append(Int64(second), "\(second)\(long)") }
    let file = log.file()
    file.skip(toLast: 2)
    #expect(file.texts().map { $0.prefix(1) } == ["2", "3"])
  }

  @Test("reading from the end gives only what comes")
  func fromEnd() throws {
    try log.append(1, "old")
    let file = log.file()
    file.skipToEnd()
    #expect(file.texts() == [])
    try log.append(2, "new")
    #expect(file.texts() == ["new"])
  }

  @Test("messages show the last lines of a log")
  func lastLines() throws {
    for second in 1...5 { try log.append(Int64(second), "line \(second)") }
    #expect(LogTail.lastLines(2, of: log.record, log.sandbox.layout) == ["line 4", "line 5"])
    #expect(LogTail.lastLines(3, of: containerRecord("none"), log.sandbox.layout) == [])
  }
}

@Suite("Merging logs", .timeLimit(.standard))
struct LogMergerTests {
  let sandbox: TestEngine
  let logs: [WrittenLog]

  init() throws {
    let sandbox = try TestEngine()
    self.sandbox = sandbox
    logs = try ["a", "b", "c"].map { try WrittenLog(sandbox, $0) }
  }

  private func merged() -> [String] {
    var merger = LogMerger(logs.map { $0.file() })
    var texts: [String] = []
    while true {
      let lines = merger.next()
      if lines.isEmpty { return texts }
      texts += lines.map { String(decoding: $0.text, as: UTF8.self) }
    }
  }

  @Test("lines of several containers come in the order of time")
  func order() throws {
    for second in 1...30 {
      try logs[(second * 7) % 3].append(Int64(second), "\(second)")
    }
    #expect(merged() == (1...30).map(String.init))
  }

  @Test("lines of one moment keep the order of their container")
  func equalTimes() throws {
    for text in ["a1", "a2"] { try logs[0].append(1, text) }
    for text in ["b1", "b2"] { try logs[1].append(1, text) }
    #expect(merged() == ["a1", "a2", "b1", "b2"])
  }

  @Test("the order spans rotated files")
  func rotated() throws {
    try logs[0].append(1, "1")
    try logs[0].rotate()
    try logs[0].append(3, "3")
    try logs[1].append(2, "2")
    #expect(merged() == ["1", "2", "3"])
  }

  @Test("thousands of lines are merged without a loss")
  func many() throws {
    for (position, log) in logs.enumerated() {
      let seconds = stride(from: position, to: 15_000, by: 3)
      try log.append(seconds.map { WrittenLog.line(Int64($0), "\($0)") }.joined())
    }
    #expect(merged() == (0..<15_000).map(String.init))
  }

  @Test("a follower gives what is there, then what comes, in the order of time")
  func follower() throws {
    let follower = LogFollower(sandbox.layout)
    try logs[0].append(2, "2")
    try logs[1].append(1, "1")
    for log in logs { follower.add(log.record.logSource) }
    #expect(follower.poll().map { String(decoding: $0.text, as: UTF8.self) } == ["1", "2"])
    #expect(follower.poll().isEmpty)
    try logs[2].append(3, "3")
    follower.waitForMore([], milliseconds: 10_000)
    #expect(follower.poll().map { String(decoding: $0.text, as: UTF8.self) } == ["3"])
    follower.remove(logs[2].record.id)
    try logs[2].append(4, "4")
    #expect(follower.poll().isEmpty)
    #expect(!follower.follows(logs[2].record.id) && follower.follows(logs[0].record.id))
  }
}
