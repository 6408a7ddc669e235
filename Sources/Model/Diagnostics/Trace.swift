import Synchronization

/// What a process of ours does, step by step, for those who look for a fault: `--debug`,
/// `ROOST_DEBUG` and `roost debug on` turn it on.
///
/// Every module may write; where it goes is the business of the sink, which Linux's `TraceLog`
/// provides. While it is off, a call costs one relaxed load: the text is not even made.
package enum Trace {
  /// What a line is about.
  package enum Category: String, Sendable {
    /// A stage of loading a Compose file.
    case load
    /// An operation of a plan.
    case plan
    /// A step of a command, of a container's start or of a supervisor.
    case step
    /// A system call that failed. Many failures are expected, such as a file that may be missing.
    case syscall
    /// A request to the kernel's networking.
    case netlink
    /// Rules of the packet filter.
    case nft
    /// A request to a registry or another server.
    case registry
    /// A program that was started.
    case spawn
  }

  /// Receives each line; called from any thread.
  package typealias Sink = @Sendable (Category, String) -> Void

  private static let enabled = Atomic<Bool>(false)
  private static let sink = Mutex<Sink?>(nil)

  /// True while somebody wants to read it.
  package static var isOn: Bool { enabled.load(ordering: .relaxed) }

  /// Sends everything to `receiver` from now on.
  package static func start(_ receiver: @escaping Sink) {
    sink.withLock { $0 = receiver }
    enabled.store(true, ordering: .relaxed)
  }

  /// Says nothing any more.
  package static func stop() {
    enabled.store(false, ordering: .relaxed)
    sink.withLock { $0 = nil }
  }

  /// Writes a line; one of several lines is written as several.
  @inline(__always)
  package static func write(_ category: Category, _ text: @autoclosure () -> String) {
    if isOn { send(category, text()) }
  }

  /// Runs `body` and writes how long it took, and how it failed if it did.
  @inline(__always)
  package static func timed<Result, Failure: Error>(
    _ category: Category, _ name: @autoclosure () -> String,
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isOn else { return try body() }
    let began = ContinuousClock.now
    do throws(Failure) {
      let result = try body()
      send(category, "\(name()): \(milliseconds(since: began))")
      return result
    } catch {
      send(category, "\(name()): failed after \(milliseconds(since: began)): \(error)")
      throw error
    }
  }

  /// A word without the user and password of an address in it: `https://…@host/path`.
  package static func withoutUser(_ word: String) -> String {
    guard let scheme = word.firstRange(of: "://") else { return word }
    let rest = word[scheme.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    guard let mark = rest[..<end].lastIndex(of: "@") else { return word }
    return "\(word[..<scheme.upperBound])…\(rest[mark...])"
  }

  private static func milliseconds(since began: ContinuousClock.Instant) -> String {
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    let fraction = String(microseconds % 1000)
    return
      "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ms"
  }

  private static func send(_ category: Category, _ text: String) {
    guard let sink = sink.withLock({ $0 }) else { return }
    for line in text.split(whereSeparator: \.isNewline) { sink(category, String(line)) }
  }
}
