import Compose
import Model

/// What the reconciler looks at: the project as it should be, and the machine as it is.
package struct ReconcilerInput: Sendable {
  /// The image of a service.
  package enum ServiceImage: Sendable, Hashable {
    /// It is in the store; `hasHealthcheck` when it says how its health is found out.
    case present(id: String, hasHealthcheck: Bool)
    /// It will be built first.
    case toBuild(reason: String)
    /// It will be pulled first.
    case toPull(reason: String)
  }

  /// The project.
  package var project: Project
  /// What was found.
  package var observed: ObservedState
  /// The images by service.
  package var images: [String: ServiceImage] = [:]
  /// What the user wants.
  package var options = CreateOptions()
  /// False when containers are made but not started.
  package var start = true
  /// The hash of a service's configuration, by service.
  package var serviceHashes: [String: String] = [:]
  /// The hash of a network's configuration, by key.
  package var networkHashes: [String: String] = [:]
  /// The hash of a volume's configuration, by key.
  package var volumeHashes: [String: String] = [:]
  /// Who is on a network and does not belong to the project, by the full name of the network: only of
  /// networks whose configuration changed.
  package var strangers: [String: [String]] = [:]
  /// The full names of the volumes that are made anew since their configuration changed.
  package var renewedVolumes: Set<String> = []
  /// Who has one of these volumes and does not belong to the project, by the full name of the volume.
  package var volumeStrangers: [String: [String]] = [:]
  /// The ids of the images that services mount, by the name in the file.
  package var mountedImages: [String: String] = [:]

  /// The containers that services name themselves, by what they are called there.
  package var namedContainers: [String: ObjectID] = [:]

  /// Services of which no container is made or started, only what one would need: those that a
  /// container of `run` is made from.
  package var prepared: Set<String> = []

  /// Puts together what is planned for and what was found.
  package init(project: Project, observed: ObservedState) {
    self.project = project
    self.observed = observed
  }

  /// How many containers a service should have.
  package func replicas(of service: Service) -> Int {
    options.scale[service.name] ?? service.replicas
  }
}
