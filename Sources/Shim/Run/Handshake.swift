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
    /// All that takes time is made, and the word to start is waited for.
    case prepared
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
        case .prepared: return .prepared
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

    /// Wakes the first process after the word that the program may start. One that ended is none
    /// that waits: its own message says why, or its end does.
    func allow() throws(SyscallError) {
      do throws(SyscallError) { try Handshake.send(.go, socket) } catch {
        guard error.errno == EPIPE || error.errno == ECONNRESET else { throw error }
      }
    }
  }

  /// The first process's end.
  final class Child {
    private let socket: OwnedDescriptor
    private let word: StartWord

    init(socket: OwnedDescriptor, word: StartWord) {
      self.socket = socket
      self.word = word
    }

    /// The socket's number.
    var descriptor: Int32 { socket.raw }

    /// The numbers of what is needed until the program may start.
    var descriptors: [Int32] { [socket.raw, word.descriptor] }

    func report(_ report: LaunchReport) { _ = try? UnixSocket.send(socket.raw, report.line) }

    func warn(_ text: String) { report(.warning(text)) }

    func sendTerminal(_ descriptor: Int32) throws(SyscallError) {
      try Handshake.send(.terminal, socket, descriptors: [descriptor])
    }

    /// Nobody listening is not an error: from the word on the program runs with or without a shim.
    func sendReady() { try? Handshake.send(.ready, socket) }

    /// Waits until the program may start. The word counts, whoever is left to ring.
    func waitToBeAllowed() throws(SyscallError) {
      // Without a shim the end of its socket says so.
      try? Handshake.send(.prepared, socket)
      while true {
        try Descriptors.awaitInput(
          socket.raw, for: "recvmsg", timeoutMilliseconds: WaitLimit.launch)
        let part = try? UnixSocket.receive(socket.raw, atMost: 16)
        if word.isGiven { return }
        // Without a shim there is no container.
        guard part?.bytes.isEmpty == false else { _exit(125) }
      }
    }

    func close() { socket.close() }
  }
}
