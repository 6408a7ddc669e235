import Model
import State
import Transfer

/// Passes on what a transfer says: each layer is a line of its own.
struct TransferReporter: TransferProgress {
  let progress: any ProgressReporter
  let isQuiet: Bool
  /// The image that the layers are of, as its own events name it; nil for files of no image.
  let image: String?

  func report(_ layer: String, _ phase: TransferPhase) {
    guard !isQuiet else { return }
    let (shown, detail) = Self.shown(phase)
    progress.report(
      ProgressEvent(ProgressEvent.Resource(.layer, layer, of: image), shown, detail: detail))
  }

  func announce(_ line: String) {}
  func warn(_ diagnostic: Diagnostic) { progress.warn(diagnostic) }

  private static func shown(_ phase: TransferPhase) -> (ProgressEvent.Phase, String?) {
    switch phase {
    case .pulling: (.pullingLayer, nil)
    case .waiting: (.waiting, nil)
    case .downloading(let done, let total): (.downloading, amount(done, total))
    case .downloaded: (.downloaded, nil)
    case .extracting(let done, let total):
      (.extracting, total > 0 ? amount(done, total) : nil)
    case .pulled: (.pullComplete, nil)
    case .alreadyPresent: (.alreadyPresent, nil)
    case .retrying(let seconds, let reason): (.retrying, "in \(seconds)s: \(reason)")
    case .preparing: (.preparing, nil)
    case .pushing(let done, let total): (.pushing, amount(done, total))
    case .pushed: (.pushed, nil)
    case .alreadyPushed: (.alreadyPushed, nil)
    case .mounted(let repository): (.mounted, "from \(repository)")
    }
  }

  private static func amount(_ done: Int64, _ total: Int64) -> String {
    "\(megabytes(done))/\(megabytes(total)) MB"
  }

  private static func megabytes(_ bytes: Int64) -> String {
    "\(bytes / 1_000_000).\(bytes / 100_000 % 10)"
  }
}
