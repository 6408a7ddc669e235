import Glibc
import Linux
import Model
import Runtime
import State

/// The keeper of a container, and another one whenever it is killed.
final class Keeper {
  private let container: ContainerLayout
  private let loop: EventLoop
  private let program: PidFD
  private let streams: ContainerStreams
  private var keeper: KeeperProcess?
  /// The keeper of another shim, until our own takes its place.
  private var superseded: KeeperProcess?
  /// The terminal or standard input that it is to hold.
  private var input: OwnedDescriptor?
  // A machine that is short of memory may end each one at once.
  private var restarts = BackOff(first: 1_000_000, longest: 10_000_000_000)
  private var startedAt = Clock.monotonicNanoseconds()
  private var isOver = false

  /// Takes charge of the keeper that a container has, or of none.
  ///
  /// One that is the program's parent is the best that there can be; another one gives way to our
  /// own, which listens to us.
  init(
    _ container: ContainerLayout, _ loop: EventLoop, _ keeper: KeeperProcess?,
    _ streams: ContainerStreams, of program: PidFD
  ) {
    self.container = container
    self.loop = loop
    let isParent = keeper?.isParent(of: program.pid) ?? false
    self.keeper = isParent ? keeper : nil
    superseded = isParent ? nil : keeper
    self.streams = streams
    self.program = program
  }

  /// Has it hold a copy of the terminal or of standard input.
  func hold(_ descriptor: OwnedDescriptor) throws(SyscallError) {
    let copy = try Descriptors.duplicate(descriptor.raw)
    input = copy
    keeper?.hold(copy)
  }

  /// Watches it, and starts one if there is none.
  func watch() {
    guard let keeper else { return startLater() }
    do throws(SyscallError) {
      try loop.add(keeper.process.raw) { [unowned self] _ in
        loop.remove(keeper.process.raw)
        hasEnded()
      }
    } catch {
      startLater()
    }
  }

  private func hasEnded() {
    keeper = nil
    if Clock.monotonicNanoseconds() - startedAt >= 10_000_000_000 { restarts.reset() }
    startLater()
  }

  private func startLater() {
    loop.after(nanoseconds: restarts.next()) { [weak self] in
      guard let self, !isOver, keeper == nil else { return }
      do throws(SyscallError) { try start() } catch { startLater() }
    }
  }

  private func start() throws(SyscallError) {
    startedAt = Clock.monotonicNanoseconds()
    let keeper = try KeeperProcess.replace(container, program, streams, input: input)
    self.keeper = keeper
    try ProcessIdentity(of: keeper.process.pid)?.write(container.keeperPID)
    superseded?.end()
    superseded = nil
    watch()
  }

  /// Lets go of the terminal or of standard input.
  func dropInput() {
    input?.close()
    input = nil
    // One of another shim has to give way to one without.
    if let keeper, !keeper.drop() { keeper.end() }
  }

  /// Ends it: the end of the container is recorded.
  func end() {
    isOver = true
    input?.close()
    for process in [keeper, superseded] { process?.end() }
  }

  /// Waits until it is gone.
  func waitForEnd() {
    for process in [keeper, superseded] {
      _ = try? process?.process.waitForEnd(timeoutMilliseconds: 1000)
    }
  }
}
