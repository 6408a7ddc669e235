import Glibc

/// What a program wrote, and how it ended.
package struct CapturedOutput: Sendable {
  /// How it ended; `signaled(SIGKILL)` when the time passed.
  package var status: ExitStatus
  /// What it wrote to standard output.
  package var output: [UInt8]
  /// What it wrote to standard error.
  package var errors: [UInt8]
  /// True when it was killed because the time passed.
  package var timedOut: Bool
  /// True when it wrote more than was kept.
  package var truncated: Bool

  /// Standard output as text.
  package var outputText: String { String(decoding: output, as: UTF8.self) }
  /// Standard error as text.
  package var errorText: String { String(decoding: errors, as: UTF8.self) }
}

extension Spawn {
  /// Runs a program to its end with `input` on its standard input.
  ///
  /// Past the timeout it is killed. Of each stream at most `limit` bytes are kept; the rest is
  /// read and dropped.
  package static func capture(
    _ request: SpawnRequest, input: [UInt8] = [], timeoutMilliseconds: Int? = nil,
    limit: Int = 64 << 20
  ) throws(SyscallError) -> CapturedOutput {
    let standardInput = try Descriptors.pipe()
    let output = try Descriptors.pipe()
    let errors = try Descriptors.pipe()
    var plan = request
    plan.descriptors = [(standardInput.read.raw, 0), (output.write.raw, 1), (errors.write.raw, 2)]
    plan.descriptors += request.descriptors.filter { $0.to > 2 }
    let child = try start(plan)
    standardInput.read.close()
    output.write.close()
    errors.write.close()
    var exchange = Exchange(
      child: child, input: input, standardInput: standardInput.write,
      streams: [output.read, errors.read], limit: limit)
    try exchange.run(timeoutMilliseconds: timeoutMilliseconds)
    return CapturedOutput(
      status: try child.reap(), output: exchange.kept[0], errors: exchange.kept[1],
      timedOut: exchange.timedOut, truncated: exchange.truncated)
  }
}

/// Feeds a child and collects what it says until it ends.
private struct Exchange {
  let child: PidFD
  let input: [UInt8]
  let standardInput: OwnedDescriptor
  let streams: [OwnedDescriptor]
  let limit: Int
  var kept: [[UInt8]] = [[], []]
  var written = 0
  var timedOut = false
  var truncated = false

  init(
    child: PidFD, input: [UInt8], standardInput: OwnedDescriptor, streams: [OwnedDescriptor],
    limit: Int
  ) {
    self.child = child
    self.input = input
    self.standardInput = standardInput
    self.streams = streams
    self.limit = limit
  }

  mutating func run(timeoutMilliseconds: Int?) throws(SyscallError) {
    let end = timeoutMilliseconds.map { Clock.monotonicNanoseconds() + UInt64($0) * 1_000_000 }
    try Descriptors.setNonBlocking(standardInput.raw)
    for stream in streams { try Descriptors.setNonBlocking(stream.raw) }
    if input.isEmpty { standardInput.close() }
    var hasEnded = false
    while !hasEnded {
      var entries = [pollfd(fd: child.raw, events: Int16(POLLIN), revents: 0)]
      entries += streams.map { pollfd(fd: $0.raw, events: Int16(POLLIN), revents: 0) }
      entries.append(pollfd(fd: standardInput.raw, events: Int16(POLLOUT), revents: 0))
      let left = end.map {
        $0 > Clock.monotonicNanoseconds() ? $0 - Clock.monotonicNanoseconds() : 0
      }
      try Descriptors.poll(
        &entries, timeoutMilliseconds: left.map { Int32(min(($0 + 999_999) / 1_000_000, 60_000)) })
      if left == 0, !timedOut, entries[0].revents == 0 {
        timedOut = true
        try? child.signal(SIGKILL)
      }
      hasEnded = entries[0].revents != 0 || (timedOut && child.hasEnded)
      // A grandchild may keep the pipes open: the end of the child is the end.
      for index in streams.indices where hasEnded || entries[index + 1].revents != 0 {
        drain(index)
      }
      if entries[3].revents != 0 { feed() }
    }
  }

  private mutating func drain(_ index: Int) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while streams[index].raw >= 0 {
      let count = read(streams[index].raw, &buffer, buffer.count)
      if count == 0 { return streams[index].close() }
      guard count > 0 else { return }
      let room = limit - kept[index].count
      if count > room { truncated = true }
      kept[index].append(contentsOf: buffer.prefix(min(count, max(room, 0))))
    }
  }

  private mutating func feed() {
    let count = input[written...].withUnsafeBytes {
      write(standardInput.raw, $0.baseAddress, $0.count)
    }
    if count > 0 { written += count }
    if written == input.count || (count < 0 && errno != EAGAIN && errno != EINTR) {
      standardInput.close()
    }
  }
}
