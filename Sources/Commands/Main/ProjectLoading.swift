import Compose
import Engine
import Linux
import Model

extension CommandContext {
  /// What the global options ask to load.
  func loadRequest(services: [String] = []) -> LoadRequest {
    var request = LoadRequest(
      workingDirectory: processEnvironment.workingDirectory,
      environment: processEnvironment.variables)
    request.files = global.files
    request.projectDirectory = global.projectDirectory
    request.projectName = global.projectName
    request.environmentFiles = global.environmentFiles
    request.profiles = global.profiles
    request.services = services
    request.options.keepUnusedResources = global.allResources
    request.options.compatibility =
      global.compatibility || processEnvironment.variables["COMPOSE_COMPATIBILITY"] == "true"
    return request
  }

  /// Loads the project and shows its warnings.
  func load(_ request: LoadRequest) throws -> LoadedProject {
    let loaded = try ComposeLoader(reader: HostFiles.reader).load(request)
    if global.progressMode(processEnvironment) != .quiet { loaded.warnings.forEach(show) }
    return loaded
  }

  /// Loads the project for a command that needs its files.
  func project(services: [String] = []) throws -> Project {
    try project(loadRequest(services: services))
  }

  private func project(_ request: LoadRequest) throws -> Project {
    let loaded = try load(request)
    guard var project = loaded.project else {
      throw EngineError("the project cannot be resolved with these options")
    }
    if let mode = global.userns { project.userNamespaces = mode }
    return project
  }

  /// The project by its files, or by its name where no file is found.
  ///
  /// `down`, `ps`, `logs` and the like work on what is on disk; the files only narrow it down. With
  /// `comparing` the services are complete, to be compared with what their containers were made of.
  /// Otherwise env files and label files stay unread: a container that can spoil such a file could
  /// keep itself from being stopped.
  func selection(
    services: [String] = [], comparing: Bool = false
  ) throws -> ProjectSelection {
    var request = loadRequest(services: services)
    request.options.resolveEnvironment = comparing
    request.options.resolveLabels = comparing
    do {
      return ProjectSelection(try project(request))
    } catch let error as Diagnostics {
      guard global.files.isEmpty, let name = nameWithoutFiles,
        !hasComposeFile
      else { throw error }
      return ProjectSelection(name: name)
    }
  }

  private var nameWithoutFiles: String? {
    if let name = global.projectName, !name.isEmpty { return name }
    if let name = processEnvironment.variables["COMPOSE_PROJECT_NAME"], !name.isEmpty {
      return name
    }
    return nil
  }

  /// True when the options, the environment or a search lead to a Compose file.
  var hasComposeFile: Bool {
    ComposeLoader(reader: HostFiles.reader).hasComposeFile(loadRequest())
  }

  /// A span from seconds; nil stays nil.
  static func seconds(_ count: Int?) -> Duration? { count.map { .seconds(min($0, longest)) } }

  /// How long a stop waits before it kills; a number below zero means for ever, as for Docker.
  static func patience(_ seconds: Int?) -> Duration? {
    seconds.map { .seconds($0 < 0 ? longest : min($0, longest)) }
  }

  /// Longer than any machine runs, and still a number of nanoseconds.
  private static let longest = 1 << 31
}
