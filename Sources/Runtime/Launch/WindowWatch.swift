import CLinux
import Glibc
import Linux

/// Turns `SIGWINCH` into a descriptor for the time of an interactive exchange.
enum WindowWatch {
  /// Runs `body` with a descriptor that is readable after the terminal changed its size; with nil
  /// when there is no terminal.
  static func during<Value>(
    _ terminal: Int32?, _ body: (Int32?) throws(SyscallError) -> Value
  ) throws(SyscallError) -> Value {
    guard terminal != nil else { return try body(nil) }
    var set = sigset_t()
    var before = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGWINCH)
    pthread_sigmask(SIG_BLOCK, &set, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let descriptor = OwnedDescriptor(
      try Syscall.check(signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)), "signalfd"))
    let value = try body(descriptor.raw)
    descriptor.close()
    return value
  }

  static func drain(_ descriptor: Int32) {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    while read(descriptor, &information, size) == size {}
  }
}
