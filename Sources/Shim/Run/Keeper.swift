import Glibc
import Linux
import Model
import Runtime
import State

/// A tiny process that holds a terminal or standard input open, so that the program does not
/// notice when the shim is killed. It ends with the container.
final class Keeper {
  // The number under which it holds the descriptor, for pidfd_getfd.
  private static let held: Int32 = 10
  private static let watched: Int32 = 11

  private let container: ContainerLayout
  private let descriptor: OwnedDescriptor
  private let program: PidFD
  private var process: PidFD?

  /// Starts a process that holds a copy of `descriptor` until `program` ends.
  init(
    _ container: ContainerLayout, holding descriptor: OwnedDescriptor, for program: PidFD
  ) throws(SyscallError) {
    self.container = container
    self.program = program
    self.descriptor = try Descriptors.duplicate(descriptor.raw)
    try start()
  }

  private func start() throws(SyscallError) {
    guard let child = try Fork.start() else { hold() }
    process = child
    try ProcessIdentity(of: child.pid)?.write(container.keeperPID)
  }

  private func hold() -> Never {
    for (number, source) in [(Self.held, descriptor.raw), (Self.watched, program.raw)] {
      dup2(source, number)
    }
    try? Fork.close(from: Self.watched + 1)
    for number in Int32(0)..<Self.held { close(number) }
    for number in [SIGINT, SIGHUP, SIGQUIT] { signal(number, SIG_IGN) }
    signal(SIGTERM, SIG_DFL)
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    var entry = pollfd(fd: Self.watched, events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, -1) < 0, errno == EINTR {}
    _exit(0)
  }

  /// Starts another when this one was killed.
  func noticeEnd(of pid: Int32) {
    guard pid == process?.pid, !program.hasEnded, descriptor.raw >= 0 else { return }
    try? start()
  }

  /// Lets go of the descriptor.
  func end() {
    descriptor.close()
    try? process?.signal(SIGKILL)
    process = nil
    try? Files.removeIfPresent(container.keeperPID)
  }

  /// What the keeper of a container holds; nil when there is none any more.
  static func heldDescriptor(_ container: ContainerLayout) -> OwnedDescriptor? {
    guard let identity = ProcessIdentity.read(container.keeperPID),
      let process = try? PidFD(identity), let copy = try? process.copyDescriptor(held)
    else { return nil }
    try? process.signal(SIGKILL)
    return copy
  }
}
