import Glibc
import Linux
import Runtime
import State

/// The talk between the shim and the container's first process until the program runs.
///
/// Both ends close themselves: the child's when its program starts, either's when it dies.
enum Handshake {
  /// What the first process says.
  enum Message {
    case report(LaunchReport)
    /// The controlling end of its terminal.
    case terminal(OwnedDescriptor)
    /// All is ready, the program is next: if nothing but the end follows, it runs.
    case ready
  }

  private static func send(
    _ signal: HandshakeSignal, _ socket: OwnedDescriptor, descriptors: [Int32] = []
  ) throws(SyscallError) {
    try UnixSocket.send(socket.raw, [signal.rawValue], descriptors: descriptors)
  }

  /// The shim's end.
  struct Parent {
    let socket: OwnedDescriptor

    /// How long it waits for each message, in milliseconds.
    var patience = WaitLimit.preparation

    /// The next message; nil once the program runs or the process ended.
    ///
    /// - Throws: `ETIMEDOUT` when nothing came for as long as it waits.
    func receive() throws(SyscallError) -> Message? {
      while true {
        try Descriptors.awaitInput(socket.raw, for: "recvmsg", timeoutMilliseconds: patience)
        let part = try next()
        guard let first = part.bytes.first else { return nil }
        switch HandshakeSignal(rawValue: first) {
        case .ready: return .ready
        case .terminal:
          if let descriptor = part.descriptors.first { return .terminal(descriptor) }
        case .go, nil:
          if let report = LaunchReport(line: part.bytes) { return .report(report) }
        }
      }
    }

    // A peer that ended without reading everything shows as one error, before what it said.
    private func next() throws(SyscallError) -> (bytes: [UInt8], descriptors: [OwnedDescriptor]) {
      do throws(SyscallError) {
        return try UnixSocket.receive(socket.raw)
      } catch {
        guard error.errno == ECONNRESET else { throw error }
        return try UnixSocket.receive(socket.raw)
      }
    }

    /// Lets the first process start the program as soon as it is ready. One that ended is none that
    /// waits: its own message says why, or its end does.
    func allow() throws(SyscallError) {
      do throws(SyscallError) { try Handshake.send(.go, socket) } catch {
        guard error.errno == EPIPE || error.errno == ECONNRESET else { throw error }
      }
    }
  }

  /// The first process's end.
  final class Child {
    private let socket: OwnedDescriptor

    init(socket: OwnedDescriptor) { self.socket = socket }

    /// The socket's number.
    var descriptor: Int32 { socket.raw }

    func report(_ report: LaunchReport) { _ = try? UnixSocket.send(socket.raw, report.line) }

    func warn(_ text: String) { report(.warning(text)) }

    func sendTerminal(_ descriptor: Int32) throws(SyscallError) {
      try Handshake.send(.terminal, socket, descriptors: [descriptor])
    }

    func sendReady() throws(SyscallError) { try Handshake.send(.ready, socket) }

    /// Waits until the shim has recorded us.
    func waitToBeAllowed() throws(SyscallError) {
      while true {
        try Descriptors.awaitInput(
          socket.raw, for: "recvmsg", timeoutMilliseconds: WaitLimit.launch)
        // Without a shim there is no container.
        guard let part = try? UnixSocket.receive(socket.raw, atMost: 16),
          let first = part.bytes.first, let signal = HandshakeSignal(rawValue: first)
        else { _exit(125) }
        if signal == .go { return }
      }
    }

    func close() { socket.close() }
  }
}
