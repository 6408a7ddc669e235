import Glibc
import Linux

/// Tells when the user's terminal changes its size.
final class WindowWatch {
  private let signals: SignalDescriptor
  private let terminal: Int32

  /// Watches a terminal; nil when there is none.
  init?(_ terminal: Int32?) throws(SyscallError) {
    guard let terminal else { return nil }
    self.terminal = terminal
    signals = try SignalDescriptor([SIGWINCH])
  }

  /// Readable after a change.
  var descriptor: Int32 { signals.raw }

  /// Forgets the changes so far; returns the size now, if it is known.
  func newSize() -> TerminalSize? {
    while signals.read() != nil {}
    return Terminal.size(terminal)
  }
}
