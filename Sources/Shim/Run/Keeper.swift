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
  private let loop: EventLoop
  private var process: PidFD?
  // A machine that is short of memory may end each one at once.
  private var restarts = BackOff(first: 1_000_000, longest: 10_000_000_000)
  private var startedAt: UInt64 = 0
  private var isOver = false

  /// Starts a process that holds a copy of `descriptor` until `program` ends.
  init(
    _ container: ContainerLayout, _ loop: EventLoop, holding descriptor: OwnedDescriptor,
    for program: PidFD
  ) throws(SyscallError) {
    self.container = container
    self.loop = loop
    self.program = program
    self.descriptor = try Descriptors.duplicate(descriptor.raw)
    try start()
  }

  private func start() throws(SyscallError) {
    startedAt = Clock.monotonicNanoseconds()
    guard let child = try Fork.start() else { hold() }
    process = child
    try ProcessIdentity(of: child.pid)?.write(container.keeperPID)
  }

  private func hold() -> Never {
    Trace.stop()
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
    guard pid == process?.pid else { return }
    process = nil
    if Clock.monotonicNanoseconds() - startedAt >= 10_000_000_000 { restarts.reset() }
    startLater()
  }

  private func startLater() {
    loop.after(nanoseconds: restarts.next()) { [weak self] in
      guard let self, !isOver, !program.hasEnded, descriptor.raw >= 0 else { return }
      do throws(SyscallError) { try start() } catch { startLater() }
    }
  }

  /// Lets go of the descriptor.
  func end() {
    isOver = true
    descriptor.close()
    try? process?.signal(SIGKILL)
    process = nil
    try? Files.removeIfPresent(container.keeperPID)
  }

  /// What the keeper of a container holds; nil when there is none any more.
  static func heldDescriptor(_ container: ContainerLayout) -> OwnedDescriptor? {
    guard let identity = ProcessIdentity.readIfUsable(container.keeperPID),
      let process = try? PidFD(identity), let copy = try? process.copyDescriptor(held)
    else { return nil }
    try? process.signal(SIGKILL)
    return copy
  }
}
