import State
import Transfer

/// Counts the bytes of one layer and reports them, but not more often than anybody can read.
struct ByteMeter {
  private let layer: String
  private let progress: any TransferProgress
  private let phase: @Sendable (Int64) -> TransferPhase
  private var last: ContinuousClock.Instant?

  private static let interval: Duration = .milliseconds(100)

  init(
    _ layer: String, _ progress: any TransferProgress,
    phase: @escaping @Sendable (Int64) -> TransferPhase
  ) {
    self.layer = layer
    self.progress = progress
    self.phase = phase
  }

  mutating func report(_ done: Int64) {
    let now = ContinuousClock.now
    if let last, now - last < Self.interval { return }
    last = now
    progress.report(layer, phase(done))
  }
}
