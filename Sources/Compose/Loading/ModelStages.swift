import Model
import YAML

/// The model of all files on its way to the project.
struct ModelState {
  var model: Node
  let name: String
  let environment: ProjectEnvironment
  let files: ProjectFiles
  var activation: ProfileActivation
  /// Where containers may write.
  var shared = SharedDirectories.none
  /// The services that take no part.
  var disabled = Mapping()
  /// All profiles of the files.
  var profiles: Set<String> = []

  func checkNotEmpty(_ session: LoadSession) throws(Diagnostics) {
    guard model.mapping?.isEmpty ?? true else { return }
    let shown = files.files.map(session.shownName).joined(separator: ", ")
    session.report.add(
      Diagnostic(
        .error, "there is nothing in \(shown)", hint: "begin with `services:` and a service"))
    throw session.failure
  }

  func loaded(
    _ request: LoadRequest, _ session: LoadSession
  ) throws(Diagnostics) -> LoadedProject {
    let isTyped = request.options.interpolate
    var loaded = LoadedProject(
      name: name, tree: model, project: nil,
      warnings: session.report.warnings.map(session.jobs.renamed).sortedByPlace()
        .withoutRepetitions(),
      environment: environment,
      workingDirectory: files.directory, composeFiles: files.files,
      environmentFiles: files.environmentFiles, activeProfiles: activation.names,
      disabledServices: disabled.entries.map(\.key), profiles: profiles.sorted(),
      isTyped: isTyped, keyTable: session.keys)
    loaded.pathDirectory = files.pathDirectory
    loaded.remoteFiles = session.remoteFiles
    if isTyped, request.options.normalize {
      var project = try Project.bind(
        model, workingDirectory: files.directory,
        separator: request.options.compatibility ? "_" : "-")
      project.composeFiles = files.files
      project.environmentFiles = files.environmentFiles
      project.environment = environment.values
      project.profiles = activation.names
      project.jobs = session.jobs.described
      project.disabledServices =
        loaded.disabledServices
        + project.jobs.map(\.name).filter { project.service($0) == nil }
      project.sharedDirectories = shared
      project.imageBuilders = try imageBuilders(of: project)
      loaded.project = project
    }
    return loaded
  }

  private func imageBuilders(of project: Project) throws(Diagnostics) -> [Service] {
    let names = ImageBuilders.names(in: model, disabled) { project.defaultImageName(of: $0) }
    guard !names.isEmpty else { return [] }
    var complete = model
    for name in names { complete["services"]?[name] = disabled[name] }
    let bound = try Project.bind(
      complete, workingDirectory: files.directory, separator: project.separator)
    return bound.services.filter { names.contains($0.name) }
  }
}

/// A step that the model as a whole goes through.
struct ModelStage: Sendable {
  let name: String
  /// False when the request leaves it out.
  var isWanted: @Sendable (LoadRequest) -> Bool = { $0.options.interpolate }
  let run: @Sendable (inout ModelState, LoadRequest, LoadSession) -> Void
}

/// The way of a merged model to the project, stage by stage. Without interpolation only the first
/// two make sense: the others look at values.
enum ModelStages {
  static let all: [ModelStage] = [
    ModelStage(
      name: "normalise",
      isWanted: { $0.options.normalize },
      run: { state, request, _ in
        // Variables that only have a name are replaced like those of `${…}`, or not at all.
        let environment =
          request.options.interpolate ? state.environment : ProjectEnvironment()
        Normalization(projectName: state.name, environment: environment)
          .apply(to: &state.model)
      }),
    ModelStage(name: "type") { state, _, session in
      Typing.apply(to: &state.model, keys: session.keys, report: &session.report)
      state.model.mapping?.set("name", .string(state.name))
    },
    ModelStage(name: "profiles") { state, _, _ in
      state.profiles = allProfiles(of: state.model)
      state.disabled = state.activation.apply(to: &state.model)
    },
    ModelStage(
      name: "consistency", isWanted: { $0.options.interpolate && $0.options.checkConsistency }
    ) { state, _, session in
      session.report.add(ConsistencyChecks.check(state.model, disabled: state.disabled))
      session.report.add(session.jobs.problems(in: state.model))
    },
    // The two numbers are known to be the same by now.
    ModelStage(
      name: "replicas", isWanted: { $0.options.interpolate && $0.options.checkConsistency }
    ) { state, _, _ in
      state.model["services"]?.mapping?.updateValues { _, _, service in
        guard let scale = service["scale"], service["deploy"]?.mapping != nil else { return }
        service["deploy"]?["replicas"] = scale
      }
    },
    ModelStage(name: "activate named services") { state, request, session in
      refuseJobs(request, session)
      activate(request.services, &state)
    },
    ModelStage(name: "shared directories") { state, _, session in
      state.shared = WritableDirectories.find(
        in: state.model, state.disabled, session.reader)
      session.checkReadFiles(state.shared)
    },
    ModelStage(name: "select") { state, request, session in
      select(request.services, &state, session)
    },
    ModelStage(name: "lock") { state, request, session in
      LockStage(directory: state.files.directory, rule: request.options.lock, session: session)
        .apply(to: &state)
    },
    // Only of the services that are wanted: the env files of others may be missing.
    ModelStage(name: "environment") { state, _, session in
      ServiceEnvironment(
        environment: state.environment, session: session, shared: state.shared
      ).apply(to: &state.model)
    },
    ModelStage(
      name: "unused", isWanted: { $0.options.interpolate && !$0.options.keepUnusedResources }
    ) { state, _, _ in
      UnusedResources.remove(from: &state.model)
    },
    ModelStage(name: "jobs", isWanted: { _ in true }) { state, request, session in
      session.jobs.takeOut(of: &state.model, running: request.runsJobs ? request.services : [])
    },
    ModelStage(
      name: "container names",
      isWanted: {
        $0.options.interpolate && $0.options.checkConsistency && $0.options.checkContainerNames
      }
    ) { state, _, session in
      var checks = ConsistencyChecks(model: state.model, disabled: state.disabled)
      checks.checkContainerNames()
      session.report.add(checks.report.messages)
    },
  ]

  private static func allProfiles(of model: Node) -> Set<String> {
    let services = model["services"]?.mapping?.entries ?? []
    return Set(services.flatMap { $0.value["profiles"]?.sequence ?? [] }.map(GoText.of))
  }

  private static func refuseJobs(_ request: LoadRequest, _ session: LoadSession) {
    guard !request.runsJobs else { return }
    for name in request.services where session.jobs.contains(name) {
      session.report.add(
        Diagnostic(.error, "`\(name)` is a job", hint: "run it with `roost run \(name)`"))
    }
  }

  /// A service that is named on the command line brings its profiles with it.
  private static func activate(_ names: [String], _ state: inout ModelState) {
    let wanted = names.filter { state.disabled.contains($0) }
    guard !wanted.isEmpty else { return }
    state.activation.activate(profilesOf: wanted, among: state.disabled)
    let back = state.disabled.entries.filter { state.activation.includes($0.value) }
    for entry in back {
      state.model["services"]?.mapping?.set(entry.key, entry.value, keyMark: entry.keyMark)
      state.disabled.remove(entry.key)
    }
  }

  private static func select(
    _ names: [String], _ state: inout ModelState, _ session: LoadSession
  ) {
    let before = state.model["services"]?.mapping ?? Mapping()
    ServiceSelection(names: names, disabled: state.disabled, session: session)
      .apply(to: &state.model)
    for entry in before.entries where state.model["services"]?[entry.key] == nil {
      state.disabled.set(entry.key, entry.value, keyMark: entry.keyMark)
    }
  }
}
