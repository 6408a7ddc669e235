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

  /// Builds what was asked for: at the same time what does not need one another, as many as
  /// `--parallel` allows. The first failure ends the others.
  func run() throws(EngineError) {
    let services = try selection()
    guard !services.isEmpty else { return }
    let limit = context.engine.parallelism ?? Scheduler.defaultParallelism
    let queue = ConditionLock(try BuildQueue(services, parallelism: limit))
    let cancellation = BuildCancellation()
    let watch = try InterruptionWatch(of: context.engine.interruption) {
      queue.with { $0.stop() }
      cancellation.cancel()
    }
    defer { watch.end() }
    let builds = ServiceBuilds(
      building: self, queue: queue, cancellation: cancellation,
      base: BaseImages(
        context, ownNames: Set(project.services.filter { $0.build != nil }.map(\.image)),
        isQuiet: options.quiet))
    // Without further threads the images are built one after the other.
    let threads = (1..<max(1, queue.with { $0.width })).compactMap { _ in
      try? WorkerThread { builds.work() }
    }
    builds.work()
    for thread in threads { thread.join() }
    if context.engine.interruption.isInterrupted { throw .interrupted }
    if let failure = queue.with({ $0.failure }) { throw failure }
  }

  /// Looks for probable mistakes in the Dockerfiles, and builds nothing.
  func check() throws(EngineError) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let cancellation = BuildCancellation()
    let watch = try InterruptionWatch(of: context.engine.interruption) { cancellation.cancel() }
    defer { watch.end() }
    for service in try selection() {
      guard let config = service.build else { continue }
      let shared = project.sharedDirectories.adding(context.writableDirectories)
      let resolution = BuildRequestResolution(
        service: service, config: config, project: project, options: options, shared: shared)
      let builder = Builder(
        store: context.images,
        runner: StepRunner(
          context: context, userNamespaces: project.userNamespaces, shared: shared),
        progress: BuildReporter(
          progress: context.engine.progress, resource: .init(.image, service.image), isQuiet: true),
        findImage: { (name) throws(Diagnostic) in try context.images.resolve(name) },
        fetcher: WebFetcher(engine: context.engine, isQuiet: true))
      let request = try resolution.request()
      do throws(Diagnostic) {
        let warnings = try builder.check(request, cancellation: cancellation)
        found += warnings.filter { !found.contains($0) }
      } catch {
        throw EngineError(resolution.located(error), exitCode: FailureCode.build)
      }
    }
    if context.engine.interruption.isInterrupted { throw .interrupted }
    return found
  }

  /// The services whose images are built.
  func selection() throws(EngineError) -> [Service] {
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
}

/// The builds of one command while they run, on several threads.
private final class ServiceBuilds: Sendable {
  private let context: ContainerContext
  private let project: Project
  private let options: BuildOptions
  private let queue: ConditionLock<BuildQueue>
  private let cancellation: BuildCancellation
  private let base: BaseImages
  private let numbers = BuildNumbers()

  init(
    building: ImageBuilding, queue: ConditionLock<BuildQueue>, cancellation: BuildCancellation,
    base: BaseImages
  ) {
    context = building.context
    project = building.project
    options = building.options
    self.queue = queue
    self.cancellation = cancellation
    self.base = base
  }

  /// Builds until there is nothing more to begin.
  func work() {
    while true {
      let next = queue.wait { queue -> Service?? in
        if let service = queue.take() { return .some(service) }
        return queue.isOver ? .some(nil) : nil
      }
      guard let service = next else { return }
      build(service)
    }
  }

  /// Builds one; a failure ends the others.
  private func build(_ service: Service) {
    do throws(EngineError) {
      try make(service)
      queue.with { $0.finish(service) }
    } catch {
      queue.with { $0.fail(service, error) }
      cancellation.cancel()
    }
  }

  private func make(_ service: Service) throws(EngineError) {
    guard let config = service.build else { return }
    let resource = ProgressEvent.Resource(.image, service.image)
    let progress = context.engine.progress
    progress.report(ProgressEvent(resource, .building))
    do throws(EngineError) {
      try make(service, config, resource)
    } catch {
      // One that was ended because of the user or of another is no cause of anything.
      let isEnded = cancellation.isCancelled
      progress.report(
        ProgressEvent(
          resource, isEnded ? .canceled : .error,
          detail: isEnded ? nil : error.diagnostics.first?.message))
      throw error
    }
    context.forgetImage(service.image)
    progress.report(ProgressEvent(resource, .built))
  }

  private func make(
    _ service: Service, _ config: BuildConfig, _ resource: ProgressEvent.Resource
  ) throws(EngineError) {
    let shared = project.sharedDirectories.adding(context.writableDirectories)
    let resolution = BuildRequestResolution(
      service: service, config: config, project: project, options: options, shared: shared)
    var request = try resolution.request()
    request.userAgent = context.engine.caller.sshAgent
    for warning in try resolution.platformWarnings() { context.engine.progress.warn(warning) }
    let looksForNewer = options.pull || config.pull
    let builder = Builder(
      store: context.images,
      runner: StepRunner(
        context: context, userNamespaces: project.userNamespaces, shared: shared),
      progress: BuildReporter(
        progress: context.engine.progress, resource: resource, isQuiet: options.quiet,
        service: service.name, numbers: numbers),
      findImage: { [self] (name) throws(Diagnostic) in
        awaitImage(name, for: service)
        if cancellation.isCancelled { throw BuildCancellation.error }
        return try base.find(name, looksForNewer: looksForNewer)
      },
      fetcher: WebFetcher(engine: context.engine, isQuiet: options.quiet))
    do throws(Diagnostic) {
      _ = try builder.build(request, cancellation: cancellation)
    } catch {
      throw EngineError(resolution.located(error), exitCode: base.exitCode(of: error))
    }
  }

  /// Sees to it that an image is built that another of the builds makes.
  private func awaitImage(_ name: String, for service: Service) {
    guard let reference = try? Reference(name) else { return }
    while case .build(let other) = queue.wait({ $0.need(reference, of: service) }) { build(other) }
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
    let base = BaseImages(context, ownNames: [], isQuiet: false)
    let builder = Builder(
      store: context.images,
      runner: StepRunner(context: context, userNamespaces: userNamespaces),
      progress: BuildReporter(progress: progress, resource: resource, isQuiet: false),
      findImage: { (name) throws(Diagnostic) in try base.find(name, looksForNewer: pull) },
      fetcher: WebFetcher(engine: self, isQuiet: false))
    do throws(Diagnostic) {
      return try builder.build(request, cancellation: cancellation)
    } catch {
      throw interruption.isInterrupted
        ? .interrupted : EngineError(error, exitCode: base.exitCode(of: error))
    }
  }
}
