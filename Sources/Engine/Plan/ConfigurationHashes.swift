import Compose
import Image
import Model

/// The hashes by which out-of-date containers, networks and volumes are recognised.
struct ConfigurationHashes: Sendable, Hashable {
  /// By service.
  var services: [String: String] = [:]
  /// By key.
  var networks: [String: String] = [:]
  /// By key.
  var volumes: [String: String] = [:]

  init() {}

  init(_ project: Project) {
    for service in project.services { services[service.name] = Self.hash(service, in: project) }
    for network in project.networks { networks[network.key] = Self.hash(network.configuration) }
    for volume in project.volumes { volumes[volume.key] = Self.hash(volume.configuration) }
  }

  static func hash(_ configuration: Configuration) -> String {
    Digest.sha256(of: configuration.bytes).hex
  }

  /// The hash of a service. What a secret or config says is not part of the service's
  /// configuration; where it lies in the project itself, it counts all the same, since only a new
  /// container would see it.
  static func hash(_ service: Service, in project: Project) -> String {
    var contents: [UInt8] = []
    let objects =
      service.secrets.map { project.secret($0.source) }
      + service.configs.map { project.config($0.source) }
    for object in objects.compactMap(\.self) {
      switch object.content {
      case .environment(let name): contents += Array((project.environment[name] ?? "").utf8) + [0]
      case .inline(let text): contents += Array(text.utf8) + [0]
      case .file, .external, .driver: continue
      }
    }
    guard !contents.isEmpty else { return hash(service.configuration) }
    return Digest.sha256(of: service.configuration.bytes + contents).hex
  }
}
