import Glibc
import Linux

/// Copies bytes between descriptors until a process ends and its output is read.
///
/// Nothing here waits for one descriptor alone: who does not read holds back only what goes to him,
/// and signals are served at any time.
struct ProcessRelay {
  private struct Link {
    var from: Int32
    let sink: StreamSink
    var keys: DetachKeys?
    /// Whether it ends by itself once the process is gone, because only the process writes to it.
    let isOutput: Bool
    /// Closed when the link ends, so that the other side notices.
    let owned: OwnedDescriptor?
  }

  let process: PidFD
  private var links: [Link] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init(process: PidFD) { self.process = process }

  /// Passes on what somebody else writes until its end; then closes `to`, a pipe of ours.
  mutating func addInput(from: Int32, to: OwnedDescriptor) throws(SyscallError) {
    try Descriptors.setNonBlocking(to.raw)
    links.append(
      Link(from: from, sink: StreamSink(to.raw), keys: nil, isOutput: false, owned: to))
  }

  /// Passes on what the process writes to a pipe of ours, which is closed when nobody reads it.
  mutating func addOutput(from: OwnedDescriptor, to: Int32) throws(SyscallError) {
    try Descriptors.setNonBlocking(from.raw)
    links.append(
      Link(from: from.raw, sink: StreamSink(to), keys: nil, isOutput: true, owned: from))
  }

  /// Passes on what comes from the process's terminal to us, and what we type, where detach keys
  /// end the exchange.
  mutating func addTerminal(
    _ terminal: OwnedDescriptor, input: Int32?, output: Int32, keys: DetachKeys
  ) throws(SyscallError) {
    try Descriptors.setNonBlocking(terminal.raw)
    links.append(
      Link(
        from: terminal.raw, sink: StreamSink(output), keys: nil, isOutput: true, owned: nil))
    if let input {
      links.append(
        Link(
          from: input, sink: StreamSink(terminal.raw), keys: keys, isOutput: false, owned: nil))
    }
  }

  /// Copies until the process ended, and returns its exit code; 0 when the user detached.
  mutating func run(
    window: WindowWatch?, onNewSize: (TerminalSize) -> Void = { _ in }
  ) throws(SyscallError) -> Int32 {
    // A reader that is gone shows as EPIPE: the signal would end us.
    let signals = try SignalDescriptor(Exec.forwardedSignals + [SIGPIPE])
    while true {
      var entries = [process.raw, signals.raw, window?.descriptor ?? -1].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      entries += links.flatMap(Self.awaited)
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      while entries[1].revents != 0, let number = signals.read() {
        if number != SIGPIPE { try? process.signal(number) }
      }
      if entries[2].revents != 0, let size = window?.newSize() { onNewSize(size) }
      for index in links.indices {
        if entries[2 * index + 4].revents != 0 { try push(index) }
        if entries[2 * index + 3].revents != 0, try !copy(index) { return 0 }
      }
      if entries[0].revents != 0 { return try finish(signals) }
    }
  }

  /// What to poll for a link: its source as long as its sink takes all, and its sink, of which the
  /// kernel also tells unasked that nobody reads any more.
  private static func awaited(_ link: Link) -> [pollfd] {
    let takes = link.sink.isEmpty
    return [
      pollfd(fd: takes ? link.from : -1, events: Int16(POLLIN), revents: 0),
      pollfd(
        fd: link.from >= 0 || !takes ? link.sink.descriptor : -1,
        events: takes ? 0 : Int16(POLLOUT), revents: 0),
    ]
  }

  /// Passes on what a sink did not take before, or finds that it never will.
  private mutating func push(_ index: Int) throws(SyscallError) {
    let sink = links[index].sink
    guard !sink.isEmpty else { return end(index) }
    do throws(SyscallError) { try sink.flush() } catch { try give(up: index, error) }
  }

  /// Copies one portion; false when the user detached.
  private mutating func copy(_ index: Int) throws(SyscallError) -> Bool {
    let link = links[index]
    guard link.from >= 0, link.sink.isEmpty else { return true }
    let count = read(link.from, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    guard count > 0 else {
      end(index)
      return true
    }
    var detached = false
    do throws(SyscallError) {
      if var keys = link.keys {
        let (passed, isComplete) = keys.filter(buffer[..<count])
        links[index].keys = keys
        detached = isComplete
        try link.sink.write(passed)
      } else {
        try link.sink.write(Array(buffer[..<count]))
      }
    } catch {
      try give(up: index, error)
    }
    return !detached
  }

  /// Whoever reads is gone: the command finds out by itself when its pipe is closed.
  private mutating func give(up index: Int, _ error: SyscallError) throws(SyscallError) {
    guard error.errno == EPIPE || error.errno == EIO else { throw error }
    links[index].sink.drop()
    end(index)
  }

  private mutating func end(_ index: Int) {
    links[index].owned?.close()
    links[index].from = -1
  }

  /// Reads what the process left in its pipes or terminal, and waits for who is to take it. A signal
  /// ends that: there is no command any more to pass it to.
  private mutating func finish(_ signals: SignalDescriptor) throws(SyscallError) -> Int32 {
    for index in links.indices where !links[index].isOutput {
      links[index].sink.drop()
      end(index)
    }
    let code = try process.reap().code
    while signals.read() != nil {}
    while true {
      for index in links.indices { try drain(index) }
      guard links.contains(where: { !$0.sink.isEmpty }) else { return code }
      var entries = [pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0)]
      entries += links.flatMap(Self.awaited)
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      if let number = signals.read(), number != SIGPIPE { return 128 + number }
      for index in links.indices where entries[2 * index + 2].revents != 0 { try push(index) }
    }
  }

  /// Copies what is there until its sink takes no more.
  private mutating func drain(_ index: Int) throws(SyscallError) {
    while links[index].from >= 0, links[index].sink.isEmpty {
      var entry = [pollfd(fd: links[index].from, events: Int16(POLLIN), revents: 0)]
      guard try Descriptors.poll(&entry, timeoutMilliseconds: 0) else { return }
      _ = try copy(index)
    }
  }
}
