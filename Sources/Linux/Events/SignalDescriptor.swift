import CLinux
import Glibc

/// Signals as something to read: they are blocked in the calling thread while this object lives.
///
/// Source: signalfd(2).
package final class SignalDescriptor {
  private let descriptor: OwnedDescriptor
  private var before = sigset_t()

  /// Blocks the signals and opens a descriptor for them.
  package init(_ numbers: [Int32]) throws(SyscallError) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, &before)
    descriptor = OwnedDescriptor(
      try Syscall.check(signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)), "signalfd"))
  }

  deinit {
    // One that is still pending must not act when it is unblocked.
    while read() != nil {}
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// The descriptor's number: readable when a signal came.
  package var raw: Int32 { descriptor.raw }

  /// The next signal that came; nil when there is none.
  package func read() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard Glibc.read(descriptor.raw, &information, size) == size else { return nil }
    return Int32(information.ssi_signo)
  }
}
