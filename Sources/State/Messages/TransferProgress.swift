import Model

/// Is told how a pull or push goes on. Called from several threads at once.
package protocol TransferProgress: Sendable {
  /// Something happens to a layer, which is known by the first digits of its digest.
  func report(_ layer: String, _ phase: TransferPhase)
  /// A line about the whole, such as `latest: Pulling from library/redis`.
  func announce(_ line: String)
  /// Something the user ought to know that stops nothing.
  func warn(_ diagnostic: Diagnostic)
}

/// What happens to a layer, in the words of Docker.
package enum TransferPhase: Sendable, Hashable {
  case pulling
  case waiting
  case downloading(done: Int64, total: Int64)
  case downloaded
  /// With the bytes that were read of all there are; zero of zero while nobody knows.
  case extracting(done: Int64, total: Int64)
  case pulled
  case alreadyPresent
  case retrying(seconds: Int, reason: String)
  case preparing
  case pushing(done: Int64, total: Int64)
  case pushed
  case alreadyPushed
  case mounted(from: String)

  /// The phase in words.
  package var text: String {
    switch self {
    case .pulling: "Pulling fs layer"
    case .waiting: "Waiting"
    case .downloading: "Downloading"
    case .downloaded: "Download complete"
    case .extracting: "Extracting"
    case .pulled: "Pull complete"
    case .alreadyPresent: "Already exists"
    case .retrying(let seconds, _): "Retrying in \(seconds) second\(seconds == 1 ? "" : "s")"
    case .preparing: "Preparing"
    case .pushing: "Pushing"
    case .pushed: "Pushed"
    case .alreadyPushed: "Layer already exists"
    case .mounted(let repository): "Mounted from \(repository)"
    }
  }

  /// True when nothing more follows for the layer.
  package var isFinal: Bool {
    switch self {
    case .pulled, .alreadyPresent, .pushed, .alreadyPushed, .mounted: true
    default: false
    }
  }

  /// The bytes that are through and all bytes, for the phases that count.
  package var amount: (done: Int64, total: Int64)? {
    switch self {
    case .downloading(let done, let total), .pushing(let done, let total): (done, total)
    case .extracting(let done, let total) where total > 0: (done, total)
    default: nil
    }
  }
}

/// Tells nobody.
package struct SilentTransfer: TransferProgress {
  /// Makes one.
  package init() {}
  /// Does nothing.
  package func report(_ layer: String, _ phase: TransferPhase) {}
  /// Does nothing.
  package func announce(_ line: String) {}
  /// Does nothing.
  package func warn(_ diagnostic: Diagnostic) {}
}
