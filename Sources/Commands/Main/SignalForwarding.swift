import Engine
import Glibc

/// Turns Ctrl-C into an interruption of the engine instead of the end of the process.
enum SignalForwarding {
  nonisolated(unsafe) private static var interruption: Interruption?

  /// From now on SIGINT, SIGTERM and SIGHUP interrupt `target`.
  static func install(_ target: Interruption) {
    interruption = target
    catchSignals([SIGINT, SIGTERM])
    catchHangUp()
    // Writing to a closed pipe is an error of that write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // Read from a descriptor where it matters. Every thread must block it, or one that does not
    // takes it and forgets it.
    var window = sigset_t()
    sigemptyset(&window)
    sigaddset(&window, SIGWINCH)
    pthread_sigmask(SIG_BLOCK, &window, nil)
  }

  /// Further signals that a container in the foreground gets in our place.
  static func forwardAll() { catchSignals([SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]) }

  /// A terminal that goes away, as when a connection drops. The shell and the kernel both tell of
  /// it, which is no second Ctrl-C. Whoever started us with nohup(1) wants none of it.
  private static func catchHangUp() {
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != ignored else {
      return
    }
    action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      guard let interruption = SignalForwarding.interruption, !interruption.isInterrupted else {
        return
      }
      interruption.interrupt(by: number)
    }
    action.sa_flags = SA_RESTART
    sigaction(SIGHUP, &action, nil)
  }

  private static let ignored = unsafeBitCast(SIG_IGN, to: Int.self)

  private static func catchSignals(_ numbers: [Int32]) {
    for number in numbers {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = {
        SignalForwarding.interruption?.interrupt(by: $0)
      }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }
}
