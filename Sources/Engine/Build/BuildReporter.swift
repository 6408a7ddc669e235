import Image
import Linux
import Model
import Synchronization

/// Numbers the steps of all builds of a command: lines of builds that run at the same time can be
/// told apart by them.
final class BuildNumbers: Sendable {
  private let last = Mutex(0)

  /// The next number.
  func next() -> Int {
    last.withLock { number in
      number += 1
      return number
    }
  }
}

/// Passes on what a build says, in the lines that buildx prints with `--progress plain`.
///
///     #5 [web builder 2/4] RUN make
///     #5 0.312 what it writes, and the seconds since it began
///     #5 DONE 0.4s
final class BuildReporter: BuildProgress {
  private let progress: any ProgressReporter
  private let resource: ProgressEvent.Resource
  private let isQuiet: Bool
  /// The service that the image is built for.
  private let service: String?
  private let numbers: BuildNumbers
  private let steps = Mutex<[Int: Step]>([:])

  private struct Step {
    var number: Int
    /// When it began, on the clock that only runs forward.
    var start: UInt64
  }

  init(
    progress: any ProgressReporter, resource: ProgressEvent.Resource, isQuiet: Bool,
    service: String? = nil, numbers: BuildNumbers = BuildNumbers()
  ) {
    self.progress = progress
    self.resource = resource
    self.isQuiet = isQuiet
    self.service = service
    self.numbers = numbers
  }

  func report(_ event: BuildEvent) {
    switch event {
    case .warning(let diagnostic): progress.warn(diagnostic)
    case _ where isQuiet: return
    case .started(let step): begin(step)
    case .output(let step, let line): say("\(Self.seconds(since: start(step))) \(line)", step)
    case .cached(let step): say("CACHED", step)
    case .notCached(let step, let reason): say("not cached: \(reason)", step)
    case .finished(let step, let nanoseconds):
      let tenths = (nanoseconds + 50_000_000) / 100_000_000
      say("DONE \(tenths / 10).\(tenths % 10)s", step)
    case .failed(let step, let reason): say("ERROR: \(reason)", step)
    }
  }

  private func begin(_ step: BuildStep) {
    let new = Step(number: numbers.next(), start: Clock.monotonicNanoseconds())
    steps.withLock { $0[step.number] = new }
    var title = step.title
    if let service, title.hasPrefix("[") { title = "[\(service) \(title.dropFirst())" }
    say(title, step)
  }

  private func say(_ text: String, _ step: BuildStep) {
    let number = steps.withLock { $0[step.number]?.number } ?? step.number
    progress.output("#\(number) \(text)", of: resource)
  }

  private func start(_ step: BuildStep) -> UInt64? { steps.withLock { $0[step.number]?.start } }

  /// Seconds with three digits, such as `0.312`.
  private static func seconds(since start: UInt64?) -> String {
    let now = Clock.monotonicNanoseconds()
    let milliseconds = (now - min(start ?? now, now)) / 1_000_000
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}
