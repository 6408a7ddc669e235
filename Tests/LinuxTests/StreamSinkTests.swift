import Glibc
import Linux
import TestSupport
import Testing

@Suite("A sink that does not wait", .timeLimit(.standard))
struct StreamSinkTests {
  private static let large = [UInt8](repeating: 7, count: 1_000_000)

  /// Reads until `sink` has given all away.
  private func drain(_ sink: StreamSink, _ reader: Int32) throws -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 10_000)
    while !sink.isEmpty || result.count < Self.large.count {
      let count = read(reader, &buffer, buffer.count)
      try #require(count > 0)
      result += buffer[..<count]
      try sink.flush()
    }
    return result
  }

  @Test("keeps what a pipe does not take, and changes no flag of it", arguments: [false, true])
  func pipe(isNonBlocking: Bool) throws {
    let pipe = try Descriptors.pipe(nonBlocking: isNonBlocking)
    let sink = StreamSink(pipe.write.raw)
    try sink.write(Self.large)
    #expect(!sink.isEmpty)
    #expect((fcntl(pipe.write.raw, F_GETFL) & O_NONBLOCK != 0) == isNonBlocking)
    #expect(try drain(sink, pipe.read.raw) == Self.large)
  }

  @Test("keeps what a socket does not take")
  func socket() throws {
    let (ours, theirs) = try UnixSocket.pair(.stream)
    let sink = StreamSink(ours.raw)
    try sink.write(Self.large)
    #expect(!sink.isEmpty)
    #expect(try drain(sink, theirs.raw) == Self.large)
  }

  @Test("keeps what a terminal does not take")
  func terminal() throws {
    let terminal = try PseudoTerminal()
    let side = try terminal.openProgramEnd()
    _ = try Terminal.makeRaw(side.raw)
    let sink = StreamSink(side.raw)
    try sink.write(Self.large)
    #expect(!sink.isEmpty)
    #expect(try drain(sink, terminal.controller.raw) == Self.large)
  }

  @Test("a file takes all at once, behind what is in it")
  func file() throws {
    let files = try TemporaryDirectory()
    let file = try Files.open("\(files.path)/file", O_RDWR | O_CREAT | O_APPEND)
    for part in ["one ", "two"] { try StreamSink(file.raw).write(Array(part.utf8)) }
    #expect(try Files.readText("\(files.path)/file") == "one two")
  }

  @Test("says that nobody reads, and that nobody need wait any more")
  func ends() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = try Descriptors.pipe()
    let sink = StreamSink(pipe.write.raw)
    try sink.write(Self.large)
    let stop = EventCounter()
    stop.add()
    #expect(try sink.flushAll(stop: stop.descriptor) == false)
    pipe.read.close()
    let error = #expect(throws: SyscallError.self) { try sink.flush() }
    #expect(error?.errno == EPIPE)
  }
}
