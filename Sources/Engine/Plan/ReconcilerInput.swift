import Compose
import Model

/// What the reconciler looks at: the project as it should be, and the machine as it is.
struct ReconcilerInput: Sendable {
  /// The image of a service.
  enum ServiceImage: Sendable, Hashable {
    /// It is in the store; `hasHealthcheck` when it says how its health is found out.
    case present(id: String, hasHealthcheck: Bool)
    /// It will be built first.
    case toBuild(reason: String)
    /// It will be pulled first.
    case toPull(reason: String)
  }

  /// The project.
  var project: Project
  /// What was found.
  var observed: ObservedState
  /// The images by service.
  var images: [String: ServiceImage] = [:]
  /// What the user wants.
  var options = CreateOptions()
  /// False when containers are made but not started.
  var start = true
  /// The hash of a service's configuration, by service.
  var serviceHashes: [String: String] = [:]
  /// The hash of a network's configuration, by key.
  var networkHashes: [String: String] = [:]
  /// The hash of a volume's configuration, by key.
  var volumeHashes: [String: String] = [:]
  /// Why an image mounted by a service is not the one its container has, by service.
  var staleMounts: [String: String] = [:]

  /// Services of which no container is made or started, only what one would need: those that a
  /// container of `run` is made from.
  var prepared: Set<String> = []

  /// How many containers a service shall have.
  func replicas(of service: Service) -> Int { options.scale[service.name] ?? service.replicas }
}
