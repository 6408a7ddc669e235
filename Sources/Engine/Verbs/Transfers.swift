import Compose
import Model

extension Engine {
  /// Pulls the images of services.
  package func pull(_ project: Project, _ options: PullOptions) throws(EngineError) {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: project.name)
    let wanted = try pulled(project, options, context)
    let failures = try ServiceTransfers(context: context, isQuiet: options.quiet).pull(wanted)
    let buildable = Set(failures.compactMap { project.builder(of: $0.service)?.name }).sorted()
    if !buildable.isEmpty {
      progress.warn(
        Diagnostic(
          .warning, "no registry has the images of \(buildable.joined(separator: ", "))",
          hint: "they can be built with 'roost build \(buildable.joined(separator: " "))'"))
    }
    try settle(
      failures.filter { project.builder(of: $0.service) == nil }, ignored: options.ignoreFailures)
  }

  /// The images that `pull` would pull. Changes nothing.
  package func planPull(
    _ project: Project, _ options: PullOptions
  ) throws(EngineError) -> [String] {
    let context = ContainerContext(self, project: project.name)
    return Self.images(of: try pulled(project, options, context))
  }

  private func pulled(
    _ project: Project, _ options: PullOptions, _ context: ContainerContext
  ) throws(EngineError) -> [Service] {
    let selected = try ServiceArguments.transferred(
      options.services, withDependencies: options.includeDependencies, of: project)
    return try worthwhile(selected) { service throws(EngineError) in
      if options.ignoreBuildable, let builder = project.builder(of: service) {
        return builder.name == service.name ? "it can be built" : "\(builder.name) builds it"
      }
      return try reasonNotToPull(service, options, context)
    }
  }

  /// Pushes the images of services that have a `build`.
  package func push(_ project: Project, _ options: PushOptions) throws(EngineError) {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: project.name)
    let wanted = try pushed(project, options)
    let failures = try ServiceTransfers(context: context, isQuiet: options.quiet).push(wanted)
    try settle(failures, ignored: options.ignoreFailures)
  }

  /// The images that `push` would push. Changes nothing.
  package func planPush(
    _ project: Project, _ options: PushOptions
  ) throws(EngineError) -> [String] {
    Self.images(of: try pushed(project, options))
  }

  private func pushed(
    _ project: Project, _ options: PushOptions
  ) throws(EngineError) -> [Service] {
    let selected = try ServiceArguments.transferred(
      options.services, withDependencies: options.includeDependencies, of: project)
    return worthwhile(selected) { service in
      if service.build == nil { return "it is not built here" }
      return service.hasDefaultImage ? "it has no name of its own" : nil
    }
  }

  /// The images of services, each once.
  private static func images(of services: [Service]) -> [String] {
    var seen: Set<String> = []
    return services.map(\.image).filter { seen.insert($0).inserted }
  }

  /// The services without those that there is a reason to leave out, which is told.
  private func worthwhile<Failure: Error>(
    _ services: [Service], reasonNotTo: (Service) throws(Failure) -> String?
  ) throws(Failure) -> [Service] {
    var wanted: [Service] = []
    for service in services {
      if let reason = try reasonNotTo(service) {
        let resource = ProgressEvent.Resource(.image, service.image)
        progress.report(ProgressEvent(resource, .skipped, detail: reason))
      } else {
        wanted.append(service)
      }
    }
    return wanted
  }

  private func reasonNotToPull(
    _ service: Service, _ options: PullOptions, _ context: ContainerContext
  ) throws(EngineError) -> String? {
    if service.build != nil, service.hasDefaultImage {
      return "it is built here and has no name of its own"
    }
    let decision = PullDecision(service, rule: options.policy)
    switch decision.policy {
    case .never: return "its pull_policy is never"
    case .build: return "its pull_policy is build"
    case .missing:
      let image = try context.image(service.image)
      return decision.reasonToPull(image) == nil ? "the image is in the store" : nil
    // The command itself asks for what is newest.
    case .automatic, .always, .olderThan, .refresh: return nil
    }
  }

  private func settle(
    _ failures: [ServiceTransfers.Failure], ignored: Bool
  ) throws(EngineError) {
    guard !failures.isEmpty else { return }
    guard ignored else { throw ServiceTransfers.error(failures) }
    for var diagnostic in failures.map(\.diagnostic) {
      diagnostic.severity = .warning
      progress.warn(diagnostic)
    }
  }
}

extension ServiceArguments {
  /// The services whose images are pulled or pushed, in the order of the file.
  static func transferred(
    _ names: [String], withDependencies: Bool, of project: Project
  ) throws(EngineError) -> [Service] {
    try check(names, project: project)
    var chosen = Set(names.isEmpty ? project.services.map(\.name) : names)
    if withDependencies {
      do throws(Diagnostics) {
        chosen = Set(
          try DependencyGraph(project.services).selection(of: chosen, includeDependencies: true))
      } catch {
        throw EngineError(error.messages)
      }
    }
    return project.services.filter { chosen.contains($0.name) && $0.provider == nil }
  }
}
