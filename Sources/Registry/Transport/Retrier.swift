import Model
import State
import Transfer

/// Tries things again after a pause that grows, or as long as the registry asks.
struct Retrier: Sendable {
  let settings: RegistrySettings
  /// Is told of each pause.
  var onRetry: @Sendable (_ seconds: Int, _ reason: String) -> Void = { _, _ in }

  private static let longestPause: Duration = .seconds(30)
  /// Nobody waits at a terminal for longer; the message says how long it would be.
  private static let longestRequestedPause: Duration = .seconds(120)

  /// Runs `body` until it ends well or fails for good.
  func run<Value>(_ body: () async throws -> Value) async throws -> Value {
    var failures = 0
    while true {
      do {
        try Task.checkCancellation()
        return try await body()
      } catch let transient as TransientFailure {
        failures += 1
        try await pause(after: transient, failures: failures)
      }
    }
  }

  /// Waits before the next attempt; throws the failure when there have been enough in a row.
  func pause(after transient: TransientFailure, failures: Int) async throws {
    guard failures < settings.attempts else { throw transient.failure }
    var pause = min(settings.retryDelay * (1 << min(failures - 1, 16)), Self.longestPause)
    if let asked = transient.retryAfter {
      guard asked <= Self.longestRequestedPause else {
        var failure = transient.failure
        failure.diagnostic.hint = "try again in \(asked.components.seconds) seconds"
        throw failure
      }
      pause = max(asked, pause)
    }
    let (seconds, attoseconds) = pause.components
    onRetry(Int(seconds) + (attoseconds > 0 ? 1 : 0), transient.failure.diagnostic.message)
    try await Task.sleep(for: pause)
  }
}
