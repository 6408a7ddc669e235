import Compose
import Image
import Linux
import Model
import Planning

/// Decides whether the image of a service is pulled.
struct PullDecision {
  let service: Service
  let policy: PullPolicy

  /// Source: Compose specification, "pull_refresh_after": without it, `refresh` means always.
  private static let secondsOfNoPeriod: Int64 = 0

  /// - Parameter rule: What the command line says; it wins over the file.
  init(_ service: Service, rule: PullRule?) {
    self.service = service
    policy =
      switch rule {
      case .always: .always
      case .missing: .missing
      case .never: .never
      case .build: .build
      case nil: service.pullPolicy
      }
  }

  /// Why the image is to be pulled; nil when that in the store will do.
  func reasonToPull(_ image: ImageRecord?) -> String? {
    guard let image else { return "the image is not in the store" }
    if let wanted = service.imagePlatform, !wanted.runs(image.configuration.platform) {
      return "the image in the store is for \(image.configuration.platform)"
    }
    switch policy {
    case .always: return "its pull_policy is always"
    case .olderThan(let period): return reason(image, period.components.seconds)
    case .refresh(let period):
      return reason(image, period?.components.seconds ?? Self.secondsOfNoPeriod)
    case .automatic, .missing, .never, .build: return nil
    }
  }

  private func reason(_ image: ImageRecord, _ period: Int64) -> String? {
    guard let received = image.receivedAt else { return "it never came from a registry" }
    let age = Clock.now().seconds - received.seconds
    return age >= period ? "it was last pulled \(age) seconds ago" : nil
  }

  /// True when a registry is asked even for an image that the project builds.
  var asksRegistry: Bool {
    switch policy {
    case .always, .olderThan, .refresh: true
    case .automatic, .missing, .never, .build: false
    }
  }

  /// True when it may be pulled, with a `build` beside it: only when the file says so.
  var prefersRegistry: Bool {
    guard service.build != nil else { return true }
    guard !service.hasDefaultImage else { return false }
    switch policy {
    case .always, .missing, .olderThan, .refresh: return true
    case .automatic, .never, .build: return false
    }
  }
}
