import Compose
import Linux
import Model
import Planning
import Runtime
import State

extension Engine {
  /// Runs a command in a new container of a service, with the service's dependencies up.
  ///
  /// In the foreground the container's streams are ours, and the result has its exit code.
  package func run(_ project: Project, _ options: RunOptions) throws(EngineError) -> RunResult {
    try Engine.requireRoot()
    try ServiceArguments.check([options.service], project: project)
    if let job = project.job(options.service), !job.mayRunByHand {
      throw EngineError(
        job.source.diagnostic(
          .error, "the job \(job.name) is not to be run by hand", part: "manual",
          hint: "remove `manual: false` to allow it"))
    }
    if let service = project.service(options.service), service.provider != nil {
      throw EngineError(
        service.source.diagnostic(
          .error, "service \(service.name) is made by a program and has no container to run",
          part: "provider"))
    }
    let rest = try ServiceProviders(self, project).withoutProvided(
      named: [options.service], includeDependencies: !options.noDependencies)
    let run = try OneOffRun(self, rest, options)
    let (record, attachment, client) = try run.start()
    defer { client?.release() }
    guard !options.detach, let attachment else {
      return RunResult(id: record.id, name: record.name, exitCode: nil)
    }
    let code = try run.follow(record, attachment)
    return RunResult(id: record.id, name: record.name, exitCode: code)
  }
}

/// One container of `run`, from its making to its end.
private struct OneOffRun {
  let engine: Engine
  let options: RunOptions
  /// The project with the service as this run wants it.
  let project: Project
  let service: Service
  let slug: String

  init(_ engine: Engine, _ project: Project, _ options: RunOptions) throws(EngineError) {
    guard let original = project.service(options.service) else {
      throw EngineError(
        UnknownService.message(options.service, among: project.services.map(\.name)))
    }
    self.engine = engine
    self.options = options
    self.project = project
    slug = String(ObjectID.random().hex.prefix(12))
    service = Self.change(original, options, project)
  }

  /// The service with what the command line says instead.
  private static func change(
    _ original: Service, _ options: RunOptions, _ project: Project
  ) -> Service {
    var service = original
    service.containerName = nil
    service.restart = .no
    service.replicas = 1
    if let command = options.command { service.command = command }
    if let entrypoint = options.entrypoint {
      service.entrypoint = entrypoint
      service.command = options.command ?? []
    }
    for (key, value) in options.environment {
      service.environment[key] = .some(value ?? project.environment[key])
    }
    for (key, value) in options.labels { service.labels[key] = value }
    if let user = options.user { service.user = user }
    if let directory = options.workingDirectory { service.workingDirectory = directory }
    for mount in options.mounts {
      service.mounts.removeAll { $0.target == mount.target }
      service.mounts.append(mount)
    }
    service.ports = (options.servicePorts ? original.ports : []) + options.publish
    service.addedCapabilities += options.addedCapabilities
    service.droppedCapabilities += options.droppedCapabilities
    service.tty = options.terminal
    service.stdinOpen = options.interactive && !options.detach
    return service
  }

  // MARK: Its start

  /// Starts it. The lock keeps the supervisor from removing the container before its exit code was
  /// read.
  func start() throws(EngineError) -> (ContainerRecord, Attachment?, FileLock?) {
    let lock = try ProjectLock.acquire(engine, project: project.name)
    let runner = try prepare()
    let request = try makeRequest(runner)
    let record = try ContainerBuilder(context: runner.context).create(request)
    do {
      let isAwaited = options.remove && !options.detach
      let client = isAwaited ? try engine.clientLock(of: record.id) : nil
      try runner.supervisor.ensureRunning()
      let size = options.terminal ? Terminal.size(0) ?? Terminal.size(1) : nil
      let attachment = try runner.starter.startWithHooks(
        record, terminalSize: size, attached: !options.detach)
      try runner.firewall.flush()
      lock.release()
      return (record, attachment, client)
    } catch {
      runner.context.attempt { () throws(EngineError) in
        try runner.remover.remove(record, volumes: true)
      }
      Aftermath(runner: runner, traces: runner.traces).run()
      throw error
    }
  }

  /// Brings up what the service depends on, and makes its networks, volumes and image.
  private func prepare() throws(EngineError) -> PlanRunner {
    var upOptions = UpOptions()
    upOptions.create.services = [service.name]
    upOptions.create.noDependencies = options.noDependencies
    upOptions.create.build = options.build
    upOptions.create.pull = options.pull
    upOptions.create.quietPull = options.quietPull
    upOptions.create.removeOrphans = options.removeOrphans
    upOptions.create.ignoreOrphans = !options.removeOrphans
    let convergence = Convergence(engine, project, upOptions, preparing: [service.name])
    return try convergence.run().runner
  }

  private func makeRequest(_ runner: PlanRunner) throws(EngineError) -> ContainerRequest {
    guard let image = try runner.context.image(service.image) else {
      throw MissingImage.error(service.image)
    }
    let name = options.name ?? project.oneOffName(of: service, slug: slug)
    if runner.context.container(named: name)?.name == name {
      throw EngineError(
        "there is a container \(name) already", hint: "choose another --name, or remove it first")
    }
    var request = ContainerRequest(
      project: project, service: service, id: .random(), name: name, number: 1, image: image,
      configHash: ConfigurationHashes.hash(service, in: project))
    request.slug = slug
    request.usesAliases = options.useAliases
    request.removeOnExit = options.remove
    return request
  }

  // MARK: Meanwhile and after

  func follow(
    _ record: ContainerRecord, _ attachment: Attachment
  ) throws(EngineError) -> Int32 {
    let context = ContainerContext(engine, project: project.name)
    var streams = ForegroundOptions()
    streams.interactive = options.interactive
    streams.terminal = options.terminal
    let foreground = Foreground(context: context, record: record, options: streams)
    guard let code = try foreground.follow(attachment) else { return 0 }
    if options.remove { try remove(record) }
    return code
  }

  private func remove(_ record: ContainerRecord) throws(EngineError) {
    let lock = try ProjectLock.acquire(engine, project: project.name)
    let context = ContainerContext(engine, project: project.name)
    let runner = PlanRunner(context, project: project)
    // The supervisor may have been faster.
    if try context.containers.record(record.id) != nil {
      try runner.remover.remove(record, volumes: true)
      if !record.networking.ports.isEmpty { runner.firewall.portsChanged() }
      try runner.firewall.flush()
    }
    SupervisorEnd(runner: runner).ifNothingRuns()
    lock.release()
  }
}
