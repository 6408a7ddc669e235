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
    // Read from a descriptor where it matters. Every thread must block it, or one that does not
    // takes it and forgets it.
    var window = sigset_t()
    sigemptyset(&window)
    sigaddset(&window, SIGWINCH)
    pthread_sigmask(SIG_BLOCK, &window, nil)
  }
}
