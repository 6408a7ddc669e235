import Glibc
import Linux
import Model
import State

/// A client's connection to the streams of a container.
package final class Attachment {
  /// Why the exchange ended.
  package enum End: Sendable, Hashable {
    /// The container closed its streams: it ended, or its shim was replaced.
    case closed
    /// The user typed the detach keys.
    case detached
    /// The stop descriptor became readable.
    case stopped
  }

  private let socket: OwnedDescriptor

  init(_ socket: OwnedDescriptor) { self.socket = socket }

  /// Connects to a container that runs.
  package convenience init(layout: Layout, id: ObjectID) throws(SyscallError) {
    self.init(try UnixSocket.connect(layout.container(id).attachSocket, .messages))
  }

  /// The socket, readable when output came.
  package var descriptor: Int32 { socket.raw }

  /// Tells the container's terminal its size.
  package func resize(_ size: TerminalSize) throws(SyscallError) {
    try UnixSocket.send(socket.raw, AttachMessage.resizePacket(size))
  }

  /// Passes bytes between our streams and the container's until one side ends.
  ///
  /// - Parameters:
  ///   - input: read and passed on; nil passes nothing.
  ///   - terminal: when set, its size is passed on at the start and after each `SIGWINCH`.
  ///   - detachKeys: bytes that end the exchange when typed one after the other.
  ///   - stop: ends the exchange when readable.
  package func run(
    input: Int32?, output: Int32, errors: Int32, terminal: Int32? = nil, detachKeys: [UInt8] = [],
    stop: Int32? = nil
  ) throws(SyscallError) -> End {
    var relay = AttachRelay(
      socket: socket.raw, input: input, output: output, errors: errors, detachKeys: detachKeys)
    // A shim that is gone already is noticed below.
    _ = try? UnixSocket.send(socket.raw, AttachMessage.versionPacket)
    if let terminal, let size = Terminal.size(terminal) { try? resize(size) }
    return try relay.run(window: WindowWatch(terminal), stop: stop)
  }
}

/// Moves bytes between a client's streams and the shim's socket.
///
/// Nothing here waits for one descriptor alone: who does not read his end holds back only what goes
/// to him.
struct AttachRelay {
  let socket: Int32
  var input: Int32?
  let output: StreamSink
  let errors: StreamSink
  var keys: DetachKeys
  /// Packets that the shim did not take yet.
  private var pending: [[UInt8]] = []
  private var buffer = [UInt8](repeating: 0, count: AttachMessage.maximumLength)

  init(socket: Int32, input: Int32?, output: Int32, errors: Int32, detachKeys: [UInt8]) {
    self.socket = socket
    self.input = input
    self.output = StreamSink(output)
    self.errors = StreamSink(errors)
    keys = DetachKeys(detachKeys)
  }

  mutating func run(
    window: WindowWatch?, stop: Int32?
  ) throws(SyscallError) -> Attachment.End {
    while true {
      let takes = output.isEmpty && errors.isEmpty
      var events = takes ? Int16(POLLIN) : 0
      if !pending.isEmpty { events |= Int16(POLLOUT) }
      var entries = [
        pollfd(fd: events == 0 ? -1 : socket, events: events, revents: 0),
        pollfd(fd: pending.isEmpty ? input ?? -1 : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: window?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: stop ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      entries += [output, errors].map {
        pollfd(fd: $0.isEmpty ? -1 : $0.descriptor, events: Int16(POLLOUT), revents: 0)
      }
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      if entries[4].revents != 0 { try output.flush() }
      if entries[5].revents != 0 { try errors.flush() }
      if entries[0].revents & ~Int16(POLLOUT) != 0, takes, try !receive() {
        return try end(stop)
      }
      if entries[0].revents != 0 { push() }
      if entries[1].revents != 0, try !passInput() { return .detached }
      if entries[2].revents != 0, let size = window?.newSize() {
        send(AttachMessage.resizePacket(size))
      }
      if entries[3].revents != 0 { return .stopped }
    }
  }

  /// The container is over: what it wrote is still to be taken.
  private func end(_ stop: Int32?) throws(SyscallError) -> Attachment.End {
    for sink in [output, errors] where try !sink.flushAll(stop: stop) { return .stopped }
    return .closed
  }

  private mutating func receive() throws(SyscallError) -> Bool {
    let count: Int
    do throws(SyscallError) {
      count = try Syscall.retry("recv") { recv(socket, &buffer, buffer.count, Self.atOnce) }
    } catch {
      // The other side went without reading all that we sent, such as the end of our input. The
      // kernel says so once; what it had written comes after.
      guard error.errno == ECONNRESET || error.errno == EAGAIN else { throw error }
      return true
    }
    guard count > 0 else { return false }
    switch AttachMessage(rawValue: buffer[0]) {
    case .output: try output.write(Array(buffer[1..<count]))
    case .errors: try errors.write(Array(buffer[1..<count]))
    case .version:
      do throws(MessageError) {
        try AttachMessage.checkVersion(buffer[1..<count], of: ShimInvocation.programName)
      } catch {
        try errors.write(Array("\(error.description)\n".utf8))
        return false
      }
    case .input, .endOfInput, .resize, nil: break
    }
    return true
  }

  /// Returns false when the detach keys were typed.
  private mutating func passInput() throws(SyscallError) -> Bool {
    guard let source = input else { return true }
    let room = buffer.count - 1
    let count = read(source, &buffer, room)
    if count < 0, errno == EINTR || errno == EAGAIN { return true }
    if count <= 0 {
      input = nil
      send(AttachMessage.endOfInput.packet())
      return true
    }
    let (passed, detached) = keys.filter(buffer[..<count])
    if !passed.isEmpty { send(AttachMessage.input.packet(passed)) }
    return !detached
  }

  private mutating func send(_ packet: [UInt8]) {
    pending.append(packet)
    push()
  }

  /// Sends as much as the shim takes. That it is gone shows when it is read from.
  private mutating func push() {
    while let packet = pending.first {
      let count = Glibc.send(socket, packet, packet.count, Self.atOnce)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return }
      if count < 0 {
        pending = []
        input = nil
        return
      }
      pending.removeFirst()
    }
  }

  private static let atOnce = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
}

/// Finds the keys that detach in what a user types.
///
/// A beginning of the sequence is held back until it is clear that it is none.
package struct DetachKeys: Sendable {
  private let sequence: [UInt8]
  private var matched = 0

  /// Watches for a sequence; an empty one never matches.
  package init(_ sequence: [UInt8]) { self.sequence = sequence }

  /// Reads the form of Docker's `--detach-keys`: `ctrl-p,ctrl-q`, `a`, `ctrl-@`. Nil when wrong.
  package static func parse(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    for key in text.split(separator: ",", omittingEmptySubsequences: false) {
      let bytes = Array(key.utf8)
      if bytes.count == 1 {
        result.append(bytes[0])
      } else if key.hasPrefix("ctrl-"), bytes.count == 6 {
        let letter = bytes[5]
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): result.append(letter - 0x60)
        case UInt8(ascii: "@")...UInt8(ascii: "_"): result.append(letter - 0x40)
        default: return nil
        }
      } else {
        return nil
      }
    }
    return result
  }

  /// What of `bytes` is passed on, and whether the sequence is complete.
  package mutating func filter(
    _ bytes: some Sequence<UInt8>
  ) -> (passed: [UInt8], detached: Bool) {
    guard !sequence.isEmpty else { return (Array(bytes), false) }
    var passed: [UInt8] = []
    for byte in bytes {
      if byte == sequence[matched] {
        matched += 1
        if matched == sequence.count { return (passed, true) }
        continue
      }
      passed += sequence[..<matched]
      matched = byte == sequence[0] ? 1 : 0
      if matched == 0 { passed.append(byte) }
    }
    return (passed, false)
  }
}
