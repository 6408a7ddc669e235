import Engine
import Glibc

/// Turns Ctrl-C into an interruption of the engine instead of the end of the process.
enum SignalForwarding {
  nonisolated(unsafe) private static var interruption: Interruption?

  /// From now on SIGINT and SIGTERM interrupt `target`.
  static func install(_ target: Interruption) {
    interruption = target
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in SignalForwarding.interruption?.interrupt() }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
    // Writing to a closed pipe is an error of that write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }
}
