import Glibc
import Linux

/// Copies bytes between descriptors until a process ends and its output is read.
struct ProcessRelay {
  private struct Link {
    var from: Int32
    var to: Int32
    var keys: DetachKeys?
    /// Whether it ends by itself once the process is gone, because only the process writes to it.
    var isOutput: Bool
  }

  let process: PidFD
  private var links: [Link] = []
  private var owned: [OwnedDescriptor] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init(process: PidFD) { self.process = process }

  /// Copies what comes from one descriptor to another. Detach keys mark the user's input.
  mutating func add(
    from: Int32, to: Int32, isTerminal: Bool = false, keys: DetachKeys? = nil
  ) {
    let isOutput = isTerminal || owned.contains { $0.raw == from }
    links.append(Link(from: from, to: to, keys: keys, isOutput: isOutput))
  }

  /// Closes the descriptor when its link ends.
  mutating func own(_ descriptor: OwnedDescriptor) { owned.append(descriptor) }

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
      entries += links.map { pollfd(fd: $0.from, events: Int16(POLLIN), revents: 0) }
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      while entries[1].revents != 0, let number = signals.read() {
        if number != SIGPIPE { try? process.signal(number) }
      }
      if entries[2].revents != 0, let size = window?.newSize() { onNewSize(size) }
      for (index, entry) in entries.dropFirst(3).enumerated() where entry.revents != 0 {
        if try !copy(index) { return 0 }
      }
      if entries[0].revents != 0 { return try finish() }
    }
  }

  /// Copies one portion; false when the user detached.
  private mutating func copy(_ index: Int) throws(SyscallError) -> Bool {
    let link = links[index]
    guard link.from >= 0 else { return true }
    let count = read(link.from, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    guard count > 0 else {
      end(index)
      return true
    }
    var portion = Array(buffer[..<count])
    var detached = false
    if var keys = link.keys {
      (portion, detached) = keys.filter(portion)
      links[index].keys = keys
    }
    do throws(SyscallError) {
      try Descriptors.writeAll(link.to, portion)
    } catch {
      // Whoever reads is gone: the command finds out by itself when its pipe is closed.
      guard error.errno == EPIPE || error.errno == EIO else { throw error }
      end(index)
    }
    return !detached
  }

  private mutating func end(_ index: Int) {
    for descriptor in owned
    where descriptor.raw == links[index].from || descriptor.raw == links[index].to {
      descriptor.close()
    }
    links[index].from = -1
  }

  /// Reads what the process left in its pipes or terminal.
  private mutating func finish() throws(SyscallError) -> Int32 {
    for index in links.indices where links[index].isOutput {
      while links[index].from >= 0 {
        var entries = [pollfd(fd: links[index].from, events: Int16(POLLIN), revents: 0)]
        guard try Descriptors.poll(&entries, timeoutMilliseconds: 0) else { break }
        _ = try copy(index)
      }
    }
    return try process.reap().code
  }
}
