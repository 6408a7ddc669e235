import Compose
import Model

/// The hexadecimal digest of bytes; the planner is given one, since it computes nothing but plans.
package typealias ContentDigest = ([UInt8]) -> String

/// The hashes by which out-of-date containers, networks and volumes are recognised.
package struct ConfigurationHashes: Sendable, Hashable {
  /// By service.
  package var services: [String: String] = [:]
  /// By key.
  package var networks: [String: String] = [:]
  /// By key.
  package var volumes: [String: String] = [:]

  /// Makes hashes of nothing.
  package init() {}

  /// Makes the hashes of everything in a project.
  package init(_ project: Project, digest: ContentDigest) {
    for service in project.services {
      services[service.name] = Self.hash(service, in: project, digest: digest)
    }
    for network in project.networks {
      networks[network.key] = digest(network.configuration.bytes)
    }
    for volume in project.volumes { volumes[volume.key] = digest(volume.configuration.bytes) }
  }

  // What the file says of all services counts where the service does not say it itself; the usual is
  // left out, so that the hash is Docker's.
  private static func userNamespaces(of service: Service, in project: Project) -> [UInt8] {
    guard project.userNamespaces != .private, service.userNamespace == .default else { return [] }
    return Array("x-roost.userns=\(project.userNamespaces.rawValue)".utf8) + [0]
  }

  /// The hash of a service. What a secret or config says is not part of the service's
  /// configuration; where it lies in the project itself, it counts all the same, since only a new
  /// container would see it.
  package static func hash(
    _ service: Service, in project: Project, digest: ContentDigest
  ) -> String {
    var contents: [UInt8] = []
    let objects =
      service.secrets.map { project.secret($0.source) }
      + service.configs.map { project.config($0.source) }
    for object in objects.compactMap(\.self) {
      switch object.content {
      case .environment: contents += Array((project.value(of: object) ?? "").utf8) + [0]
      case .inline(let text): contents += Array(text.utf8) + [0]
      case .file, .external, .driver: continue
      }
    }
    contents += userNamespaces(of: service, in: project)
    contents += service.providedVariables.flatMap { Array($0.utf8) + [0] }
    guard !contents.isEmpty else { return digest(service.configuration.bytes) }
    return digest(service.configuration.bytes + contents)
  }
}
