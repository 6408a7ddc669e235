import Compose
import Glibc
import Image
import Linux
import Model

/// Builds the images of services.
struct ImageBuilding {
  let context: ContainerContext
  let project: Project
  let options: BuildOptions

  /// Builds what was asked for, each image after those that its build uses.
  func run() throws(EngineError) {
    var pending = try selection()
    var done: Set<String> = []
    while !pending.isEmpty {
      let names = Set(pending.map(\.name))
      let ready = pending.filter { service in
        service.buildDependencies.allSatisfy { done.contains($0) || !names.contains($0) }
      }
      guard !ready.isEmpty else {
        throw EngineError(
          "the images of \(names.sorted().joined(separator: ", ")) need one another")
      }
      for service in ready {
        try build(service)
        done.insert(service.name)
      }
      pending.removeAll { done.contains($0.name) }
    }
  }

  private func selection() throws(EngineError) -> [Service] {
    try ServiceArguments.check(options.services, project: project)
    var names = Set(options.services.isEmpty ? project.services.map(\.name) : options.services)
    if options.withDependencies {
      do {
        names = Set(
          try DependencyGraph(project.services).selection(of: names, includeDependencies: true))
      } catch {
        throw EngineError(error.messages)
      }
    }
    // An image that another service builds is built by that one.
    names.formUnion(
      project.services.filter { names.contains($0.name) }
        .compactMap { project.builder(of: $0)?.name })
    // What another build uses as a context has to be built with it.
    var found = true
    while found {
      let needed = project.services.filter { names.contains($0.name) }.flatMap(\.buildDependencies)
      found = !names.isSuperset(of: needed)
      names.formUnion(needed)
    }
    return project.services.filter { names.contains($0.name) && $0.build != nil }
  }

  private func build(_ service: Service) throws(EngineError) {
    guard let config = service.build else { return }
    let resource = ProgressEvent.Resource(.image, service.image)
    let progress = context.engine.progress
    progress.report(ProgressEvent(resource, .building))
    var request = try BuildRequestResolution(
      service: service, config: config, project: project, options: options,
      shared: project.sharedDirectories.adding(context.writableDirectories)
    ).request()
    request.userAgent = context.engine.caller.sshAgent
    let cancellation = BuildCancellation()
    let watch = try InterruptionWatch(of: context.engine.interruption) { cancellation.cancel() }
    defer { watch.end() }
    let base = BaseImages(
      context, looksForNewer: options.pull || config.pull,
      ownNames: Set(project.services.filter { $0.build != nil }.map(\.image)),
      isQuiet: options.quiet)
    let builder = Builder(
      store: context.images,
      runner: StepRunner(
        context: context, userNamespaces: project.userNamespaces,
        shared: project.sharedDirectories.adding(context.writableDirectories)),
      progress: BuildReporter(progress: progress, resource: resource, isQuiet: options.quiet),
      findImage: { (name) throws(Diagnostic) in try base.find(name) },
      fetcher: WebFetcher(engine: context.engine, isQuiet: options.quiet))
    do throws(Diagnostic) {
      _ = try builder.build(request, cancellation: cancellation)
    } catch {
      if context.engine.interruption.isInterrupted { throw .interrupted }
      progress.report(ProgressEvent(resource, .error, detail: error.message))
      throw EngineError(error)
    }
    context.forgetImage(service.image)
    progress.report(ProgressEvent(resource, .built))
  }
}

extension Engine {
  /// Builds an image that belongs to no project; with `pull`, on the newest base images.
  package func buildImage(
    _ request: BuildRequest, pull: Bool = false
  ) throws(EngineError) -> ImageRecord {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: "")
    context.removeLeftoversOfBuilds()
    let name = request.tags.first?.familiar ?? request.context
    let resource = ProgressEvent.Resource(.image, name)
    let cancellation = BuildCancellation()
    let watch = try InterruptionWatch(of: interruption) { cancellation.cancel() }
    defer { watch.end() }
    let base = BaseImages(context, looksForNewer: pull, ownNames: [], isQuiet: false)
    let builder = Builder(
      store: context.images,
      runner: StepRunner(context: context, userNamespaces: userNamespaces),
      progress: BuildReporter(progress: progress, resource: resource, isQuiet: false),
      findImage: { (name) throws(Diagnostic) in try base.find(name) },
      fetcher: WebFetcher(engine: self, isQuiet: false))
    do throws(Diagnostic) {
      return try builder.build(request, cancellation: cancellation)
    } catch {
      throw interruption.isInterrupted ? .interrupted : EngineError(error)
    }
  }
}

/// Passes on what a build says.
struct BuildReporter: BuildProgress {
  let progress: any ProgressReporter
  let resource: ProgressEvent.Resource
  let isQuiet: Bool

  func report(_ event: BuildEvent) {
    switch event {
    case .warning(let diagnostic): progress.warn(diagnostic)
    case _ where isQuiet: return
    case .started(let step): progress.output("#\(step.number) \(step.title)", of: resource)
    case .output(let step, let line): progress.output("#\(step.number) \(line)", of: resource)
    case .cached(let step): progress.output("#\(step.number) CACHED", of: resource)
    case .notCached(let step, let reason):
      progress.output("#\(step.number) not cached: \(reason)", of: resource)
    case .finished(let step, let nanoseconds):
      let tenths = (nanoseconds + 50_000_000) / 100_000_000
      progress.output("#\(step.number) DONE \(tenths / 10).\(tenths % 10)s", of: resource)
    case .failed(let step): progress.output("#\(step.number) ERROR", of: resource)
    }
  }
}

/// Turns the `build` section of a service into what the builder is asked for.
struct BuildRequestResolution {
  let service: Service
  let config: BuildConfig
  let project: Project
  let options: BuildOptions
  /// Where containers may write.
  let shared: SharedDirectories

  func request() throws(EngineError) -> BuildRequest {
    guard config.context.hasPrefix("/") || BuildRequest.isRemote(config.context) else {
      throw EngineError(
        service.source.diagnostic(
          .error, "build contexts of this kind are not supported: \(config.context)",
          part: "build.context",
          hint: "give a directory, or the address of a git repository or a tar"))
    }
    var request = BuildRequest(context: config.context, dockerfile: dockerfile)
    request.shared = shared
    try checkPlaces(of: request)
    request.target = config.target
    for entry in config.arguments { request.arguments[entry.key] = entry.value }
    for (key, value) in options.arguments {
      request.arguments[key] = value ?? project.environment[key]
    }
    for entry in config.labels { request.labels[entry.key] = entry.value }
    request.labels[ComposeLabel.project] = project.name
    request.labels[ComposeLabel.service] = service.name
    request.tags = try tags()
    request.contexts = try contexts()
    request.secrets = try secrets()
    try addAgents(to: &request)
    request.environment = try environment()
    request.noCache = options.noCache || config.noCache
    request.noCacheStages = Set(config.noCacheFilter)
    request.sourceDateEpoch = project.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }
    return request
  }

  /// Says where the file names a directory that containers made a link out of theirs.
  private func checkPlaces(of request: BuildRequest) throws(EngineError) {
    var places = [(part: "build.context", path: config.context)]
    if case .file(let file) = request.dockerfile, file.hasPrefix("/") {
      places.append(("build.dockerfile", Files.parent(of: file)))
    }
    for entry in config.additionalContexts {
      places.append(("build.additional_contexts.\(entry.key)", entry.value))
    }
    for (part, path) in places {
      do throws(Diagnostic) { try request.checkShared(path) } catch {
        throw EngineError(
          service.source.diagnostic(.error, error.message, part: part, hint: error.hint))
      }
    }
  }

  private var dockerfile: BuildRequest.DockerfileSource {
    if let text = config.inlineDockerfile {
      return .text(text, name: "services.\(service.name).build.dockerfile_inline")
    }
    return .file(config.dockerfile)
  }

  private func tags() throws(EngineError) -> [Reference] {
    var tags: [Reference] = []
    for name in [service.image] + config.tags {
      do throws(Diagnostic) { tags.append(try Reference(name)) } catch {
        throw EngineError(error)
      }
    }
    return tags
  }

  private func contexts() throws(EngineError) -> [String: BuildRequest.NamedContext] {
    var contexts: [String: BuildRequest.NamedContext] = [:]
    for entry in config.additionalContexts {
      if entry.value.hasPrefix("service:") {
        let name = String(entry.value.dropFirst("service:".count))
        contexts[entry.key] = .image(project.service(name)?.image ?? name)
      } else if entry.value.hasPrefix("docker-image://") {
        contexts[entry.key] = .image(String(entry.value.dropFirst("docker-image://".count)))
      } else if entry.value.hasPrefix("/") {
        contexts[entry.key] = .directory(entry.value)
      } else if BuildRequest.isRemote(entry.value) {
        contexts[entry.key] = .remote(entry.value)
      } else {
        throw EngineError(
          service.source.diagnostic(
            .error, "contexts of this kind are not supported: \(entry.value)",
            part: "build.additional_contexts.\(entry.key)"))
      }
    }
    return contexts
  }

  private func addAgents(to request: inout BuildRequest) throws(EngineError) {
    for text in config.ssh {
      do throws(Diagnostic) {
        try request.addAgent(text, environment: project.environment)
      } catch {
        throw EngineError(
          service.source.diagnostic(.error, error.message, part: "build.ssh", hint: error.hint))
      }
    }
  }

  private func secrets() throws(EngineError) -> [String: BuildRequest.Secret] {
    var secrets: [String: BuildRequest.Secret] = [:]
    for reference in config.secrets {
      guard let object = project.secret(reference.source) else { continue }
      let id = reference.target.split(separator: "/").last.map(String.init) ?? reference.source
      switch object.content {
      case .file(let path): secrets[id] = .file(path)
      case .inline(let text): secrets[id] = .value(text)
      case .environment(let name):
        guard let value = project.environment[name] else {
          throw EngineError(
            object.source.diagnostic(
              .error, "the variable \(name) of secret \(object.key) is not set",
              part: "environment"))
        }
        secrets[id] = .value(value)
      case .external, .driver:
        throw EngineError(
          object.source.diagnostic(
            .error, "secret \(object.key) is kept outside the project, where roost cannot read it"))
      }
    }
    return secrets
  }

  private func environment() throws(EngineError) -> BuildEnvironment {
    var environment = BuildEnvironment()
    environment.network = config.network
    environment.extraHosts = config.extraHosts.map {
      BuildEnvironment.Host(name: $0.name, address: $0.address)
    }
    environment.shmSize = config.shmSize
    environment.limits = config.ulimits.map {
      BuildEnvironment.Limit(name: $0.name, soft: $0.soft, hard: $0.hard)
    }
    environment.privileged = config.privileged
    for entitlement in config.entitlements where !environment.allow(entitlement) {
      throw EngineError(
        service.source.diagnostic(
          .error, "there is no entitlement \(entitlement)", part: "build.entitlements",
          hint: "network.host and security.insecure are known"))
    }
    return environment
  }
}
