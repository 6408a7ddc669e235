import Compose
import Engine
import Model
import Planning

/// The images of a project that come from registries, without those that say their digest
/// themselves.
struct RegistryImages {
  /// Their names, each once, sorted.
  let names: [String]
  /// Where the project's lock file is.
  let lockFile: String
  private let project: Project

  /// Finds those of some services, or of all.
  init(context: CommandContext, services: [String]) throws {
    var request = context.loadRequest(services: services)
    request.options.lock = .ignored
    guard let project = try context.load(request).project else {
      throw EngineError("the project cannot be resolved with these options")
    }
    let chosen = services.isEmpty ? project.services.map(\.name) : services
    self.project = project
    lockFile = "\(project.workingDirectory)/\(LockFile.name)"
    names = Set(
      project.services.filter { service in
        chosen.contains(service.name) && service.provider == nil
          && project.builder(of: service) == nil && !service.image.contains("@")
      }.map(\.image)
    ).sorted()
  }

  /// The names of the services that have an image.
  func services(of image: String) -> String {
    project.services.filter { $0.image == image }.map(\.name).joined(separator: ", ")
  }

  /// What the lock file says; nothing where there is none.
  func locked() throws -> LockFile {
    try LockFile.read(lockFile, with: HostFiles.reader) ?? LockFile()
  }
}
