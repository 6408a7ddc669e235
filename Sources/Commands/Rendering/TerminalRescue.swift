import Glibc
import Linux

/// Puts a terminal back when the program ends in a way that nobody can prepare for: a fault of its
/// own, SIGQUIT, or exit(3) from somewhere inside.
enum TerminalRescue {
  nonisolated(unsafe) private static var settings: Terminal.Settings?
  nonisolated(unsafe) private static var isInstalled = false

  private static let deadly = [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  /// From now on these settings are put back. Called from one thread.
  static func arm(_ former: Terminal.Settings) {
    settings = former
    guard !isInstalled else { return }
    isInstalled = true
    atexit { TerminalRescue.restore() }
    for number in deadly {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        TerminalRescue.restore()
        // It has its usual effect: the handler is there for one time.
        raise(number)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      sigaction(number, &action, nil)
    }
  }

  /// Nothing is to be put back any more.
  static func disarm() { settings = nil }

  /// Calls nothing that a signal's handler may not. Source: signal-safety(7).
  private static func restore() {
    guard let former = settings, tcgetpgrp(0) == getpgrp() else { return }
    Terminal.restore(0, former)
  }
}
