import Glibc
import Linux
import Runtime
import State

/// Starts the project's supervisor again when it is killed.
///
/// Every shim of the project does so: after a short time that differs, and only if no other was
/// faster. The supervisor itself takes a lock, so that of two the second ends at once.
final class SupervisorWatch {
  private let spec: SupervisorSpec
  private let loop: EventLoop
  private var process: PidFD?
  private var absences = 0
  private let log: ShimLog

  init(_ spec: SupervisorSpec, _ loop: EventLoop, _ log: ShimLog) {
    self.spec = spec
    self.loop = loop
    self.log = log
  }

  /// Looks for the supervisor and watches it.
  func begin() {
    guard let identity = ProcessIdentity.readIfUsable(spec.pidFile),
      let found = try? PidFD(identity),
      !found.hasEnded
    else { return lookAgain() }
    absences = 0
    process = found
    do throws(SyscallError) {
      try loop.add(found.raw) { [unowned self] _ in
        loop.remove(found.raw)
        process = nil
        lookAgain()
      }
    } catch {
      lookAgain()
    }
  }

  // The first looks come soon. A project may run without a supervisor: then the later ones come
  // seldom. One that is to have one is never without for long, however often it is killed.
  private func lookAgain() {
    let quick = UInt64.random(in: 50_000_000...250_000_000)
    let delay = quick << UInt64(min(absences, isWanted ? 3 : 7))
    absences += 1
    loop.after(nanoseconds: delay) { [unowned self] in
      ensureRunning()
      begin()
    }
  }

  /// Starts the supervisor if it does not run although the container is wanted.
  func ensureRunning() {
    if ProcessIdentity.readIfUsable(spec.pidFile)?.isAlive != true, isWanted { start() }
  }

  private var isWanted: Bool {
    guard let text = try? Files.readText(spec.desiredFile) else { return false }
    return text.split(whereSeparator: \.isWhitespace).first == "up"
  }

  private func start() {
    do throws(SyscallError) {
      try spec.start.run()
    } catch {
      log.write("cannot start the supervisor again: \(error)")
    }
  }
}
