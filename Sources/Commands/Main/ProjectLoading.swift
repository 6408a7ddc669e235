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
    request.options.lock = global.lock
    request.options.compatibility =
      global.compatibility || processEnvironment.variables["COMPOSE_COMPATIBILITY"].isTrue
    return request
  }

  /// The same, refusing images that are not in the lock file where `isWanted` says so.
  func locked(_ isWanted: Bool) -> CommandContext {
    var context = self
    if isWanted { context.global.lock = .required }
    return context
  }

  /// Loads the project and shows its warnings.
  func load(
    _ request: LoadRequest, reader: FileReader? = nil
  ) throws -> LoadedProject {
    let loaded = try ComposeLoader(reader: reader ?? self.reader).load(request)
    if global.progressMode(processEnvironment) != .quiet { loaded.warnings.forEach(show) }
    return loaded
  }

  /// Loads the project for a command that needs its files.
  func project(
    services: [String] = [], reader: FileReader? = nil
  ) throws -> Project {
    try project(loadRequest(services: services), reader: reader)
  }

  /// Loads the project for a command that brings it up. Whose files were brought from elsewhere is
  /// asked about what they take from here; `yes` says yes to that.
  func project(
    starting services: [String], yes: Bool, reader: FileReader? = nil
  ) throws -> Project {
    let request = loadRequest(services: services)
    return try project(request, reader: reader) { loaded in
      try confirm(loaded, request, yes: yes)
    }
  }

  /// Loads the project for `run`, which runs jobs as well as services.
  func project(running service: String) throws -> Project {
    var request = loadRequest(services: [service])
    request.runsJobs = true
    return try project(request) { loaded in try confirm(loaded, request, yes: false) }
  }

  private func project(
    _ request: LoadRequest, reader: FileReader? = nil,
    check: (LoadedProject) throws -> Void = { _ in }
  ) throws -> Project {
    let loaded = try load(request, reader: reader)
    try check(loaded)
    guard var project = loaded.project else {
      throw EngineError("the project cannot be resolved with these options")
    }
    if let mode = global.userns { project.userNamespaces = mode }
    try project.takeDefaultPlatform()
    if project.environment["COMPOSE_CONVERT_WINDOWS_PATHS"].isTrue { project.convertWindowsPaths() }
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
      guard let name = nameWithoutFiles, global.files.isEmpty || global.projectName == nil else {
        throw error
      }
      guard hasComposeFile else { return ProjectSelection(name: name) }
      guard isBroken(request, by: error) else { throw error }
      show(brokenFile(error, used: name))
      return ProjectSelection(name: name)
    }
  }

  /// True when the files cannot be read, whatever the user asks of them: a service that they do not
  /// have is the user's mistake.
  private func isBroken(_ request: LoadRequest, by error: Diagnostics) -> Bool {
    guard error.messages.contains(where: { $0.severity == .error && $0.location != nil }) else {
      return false
    }
    guard !request.services.isEmpty else { return true }
    var all = request
    all.services = []
    return (try? ComposeLoader(reader: reader).load(all)) == nil
  }

  private func brokenFile(_ error: Diagnostics, used name: String) -> Diagnostic {
    let errors = error.messages.filter { $0.severity == .error }
    let first = errors.first?.description ?? ""
    let rest = errors.count > 1 ? ", and \(errors.count - 1) more errors" : ""
    return Diagnostic(
      .warning,
      "the Compose file cannot be read, so project \(name) is found by its name: "
        + first + rest)
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
    ComposeLoader(reader: reader).hasComposeFile(loadRequest())
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
