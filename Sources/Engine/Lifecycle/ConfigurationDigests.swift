import Compose
import Image
import Planning

extension ConfigurationHashes {
  /// Makes the hashes of everything in a project.
  init(_ project: Project) { self.init(project) { Digest.sha256(of: $0).hex } }

  /// The hash of a service.
  static func hash(_ service: Service, in project: Project) -> String {
    hash(service, in: project) { Digest.sha256(of: $0).hex }
  }
}
