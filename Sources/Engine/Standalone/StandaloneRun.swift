import Compose
import Glibc
import Image
import Linux
import Model
import Networking
import Planning
import Runtime
import State

extension Engine {
  /// Runs one container of an image that no Compose file describes.
  ///
  /// `project` has one service, which says all about the container: whatever holds for services
  /// holds for it. In the foreground the container's streams are ours, and the result has its
  /// exit code.
  package func runContainer(
    _ project: Project, _ options: ContainerRunOptions,
    created: (ObjectID) throws(EngineError) -> Void = { _ in }
  ) throws(EngineError) -> RunResult {
    let run = try StandaloneRun(self, project, options)
    let record = try run.create(telling: created)
    let attachment = try run.start(record)
    var code: Int32?
    if let attachment { code = try run.follow(record, attachment) }
    if run.showsLog { code = try run.followLog(record) }
    return RunResult(id: record.id, name: record.name, exitCode: code)
  }

  /// Makes such a container without starting it.
  package func createContainer(
    _ project: Project, _ options: ContainerRunOptions,
    created: (ObjectID) throws(EngineError) -> Void = { _ in }
  ) throws(EngineError) -> RunResult {
    let run = try StandaloneRun(self, project, options)
    let record = try run.create(telling: created)
    run.finish()
    return RunResult(id: record.id, name: record.name, exitCode: nil)
  }
}

/// One container without a Compose file, from its making to its end.
private final class StandaloneRun {
  private let engine: Engine
  private let options: ContainerRunOptions
  private let id = ObjectID.random()
  private var project: Project
  private var service: Service
  private let context: ContainerContext
  private let runner: PlanRunner
  private var madeVolumes: [String] = []
  /// The project's lock, until the container runs.
  private var lock: FileLock?
  /// Says that somebody will ask how the container ended.
  private var client: FileLock?

  init(
    _ engine: Engine, _ project: Project, _ options: ContainerRunOptions
  ) throws(EngineError) {
    try Engine.requireRoot()
    guard let service = project.services.first else {
      throw EngineError("there is no container to run")
    }
    self.engine = engine
    self.options = options
    self.project = project
    self.service = service
    self.project.name = StandaloneProject.name(of: id)
    self.service.replicas = 1
    context = ContainerContext(engine, project: self.project.name)
    runner = PlanRunner(context, project: self.project)
  }

  // MARK: Making it

  /// Makes the container and tells its id; when nobody can be told, it goes again.
  func create(
    telling created: (ObjectID) throws(EngineError) -> Void
  ) throws(EngineError) -> ContainerRecord {
    let record = try create()
    do { try created(record.id) } catch {
      takeBack(record)
      throw error
    }
    return record
  }

  private func create() throws(EngineError) -> ContainerRecord {
    try check()
    try Recovery(runner: runner).run()
    let image = try provideImage()
    if options.publishAll { try publishExposed(by: image) }
    // Unpacking may take a while, and nobody else should wait for it.
    _ = try context.lowerDirectories(of: image)
    lock = try explaining("lock the container's project") { () throws(SyscallError) in
      try Files.makeDirectories(engine.layout.locks, mode: 0o700)
      return try FileLock.acquire(engine.layout.projectLock(project.name))
    }
    do {
      let record = try register(image)
      if options.remove, !options.detach {
        client = try engine.clientLock(of: id)
      }
      return record
    } catch {
      takeBack(nil)
      throw error
    }
  }

  private func check() throws(EngineError) {
    let errors =
      service.problems.filter { $0.severity == .error } + MachineLimits.problems(of: [service])
    guard errors.isEmpty else { throw EngineError(errors) }
    for warning in service.problems + service.ineffectiveKeys { engine.progress.warn(warning) }
    let known = try networking { () throws(NetworkError) in try context.networks.all() }.map(\.name)
    for attachment in service.networks where !known.contains(attachment.network) {
      let near = Suggestion.nearest(to: attachment.network, in: known)
      throw EngineError(
        "there is no network \(attachment.network)",
        hint: near.map { "did you mean \($0)?" } ?? "`roost network ls` lists those that are there")
    }
  }

  private func provideImage() throws(EngineError) -> ImageRecord {
    let provider = ImageProvider(
      context: context, project: project, build: .never, pull: options.pull,
      isQuiet: options.quietPull)
    _ = try provider.provide([service], provider.survey([service]))
    guard let image = try context.image(service.image) else {
      throw EngineError(
        "image \(service.image) is not in the image store",
        hint: "get it with `roost image pull` or `roost image load`")
    }
    return image
  }

  /// How many ports of an image are published without being named. An image may expose them all,
  /// and the host has fewer to give than that.
  private static let mostPublished = 1_000

  private func publishExposed(by image: ImageRecord) throws(EngineError) {
    let texts = image.configuration.exposedPorts
    let exposed = service.expose + texts.compactMap { NetworkingResolution.exposedPort($0) }
    let count = Set(exposed).reduce(0) { $0 + $1.ports.count }
    guard count <= Self.mostPublished else {
      throw EngineError(
        "the image exposes \(count) ports; --publish-all publishes \(Self.mostPublished) at most",
        hint: "publish those that you need with --publish, for example -p 8080:80")
    }
    for entry in exposed {
      for port in entry.ports
      where !service.ports.contains(where: {
        $0.target == port && $0.protocol == entry.protocol
      }) {
        service.ports.append(PortMapping(target: port, protocol: entry.protocol))
      }
    }
  }

  /// Gives it a name that nobody has, and writes it down.
  private func register(_ image: ImageRecord) throws(EngineError) -> ContainerRecord {
    let names = try explaining("lock the names of containers") { () throws(SyscallError) in
      try FileLock.acquire(engine.layout.containerNameLock)
    }
    defer { names.release() }
    let taken = try Set(context.containers.all().map(\.name))
    if let name = options.name, taken.contains(name) {
      throw EngineError(
        "there is a container \(name) already",
        hint: "choose another --name, or remove it with `roost container rm \(name)`")
    }
    service.name = options.name ?? ContainerNames.free(taken.contains)
    project.services = [service]
    try makeVolumes()
    var request = ContainerRequest(
      project: project, service: service, id: id, name: service.name, number: 1, image: image,
      configHash: ConfigurationHashes.hash(service, in: project))
    request.removeOnExit = options.remove
    request.hasClaimedName = true
    request.closesStdinOnce = options.attachment.interactive && !options.detach
    return try ContainerBuilder(context: context).create(request)
  }

  private func makeVolumes() throws(EngineError) {
    for mount in service.mounts {
      guard case .volume(let use) = mount.kind, let key = use.volume else { continue }
      let name = project.volume(key)?.name ?? key
      guard try context.volumes.find(name) == nil else { continue }
      try context.volumes.create(VolumeRecord(name: name, created: context.now))
      madeVolumes.append(name)
    }
  }

  // MARK: Starting it

  func start(_ record: ContainerRecord) throws(EngineError) -> Attachment? {
    do {
      try runner.supervisor.ensureRunning()
      try runner.resources.ensureBridges(Set(record.networking.attachments.map(\.network)))
      let size = options.attachment.terminal ? Terminal.size(0) ?? Terminal.size(1) : nil
      let attachment = try runner.starter.startWithHooks(
        record, terminalSize: size, attached: !options.detach && !showsLog)
      try runner.firewall.flush()
      finish()
      return attachment
    } catch {
      takeBack(record)
      throw error
    }
  }

  /// Lets others work on the container.
  func finish() {
    lock?.release()
    lock = nil
  }

  /// Removes everything that was made. The error that led here is the one to tell.
  func takeBack(_ record: ContainerRecord?) {
    if let record {
      context.attempt { () throws(EngineError) in try runner.remover.remove(record, volumes: true) }
    }
    for name in madeVolumes {
      context.attempt { () throws(EngineError) in try context.volumes.remove(name) }
    }
    context.attempt { () throws(EngineError) in
      try runner.supervisor.end()
      try StandaloneEnd(context: context, firewall: runner.firewall).run()
    }
    finish()
  }

  // MARK: Meanwhile and after

  /// True when what it writes is read from its log: its streams end with each run, but a restart
  /// policy may start it again.
  var showsLog: Bool {
    let streams = options.attachment
    guard !options.detach, !streams.interactive, !streams.terminal else { return false }
    return service.restart != .no && service.logging.driver != LogSpec.Driver.none.rawValue
  }

  func followLog(_ record: ContainerRecord) throws(EngineError) -> Int32? {
    engine.progress.settle()
    let context = ContainerContext(engine, project: project.name)
    let relay = options.attachment.passesSignals ? try SignalRelay(context, record) : nil
    defer { relay?.end() }
    // The signals are the container's: only too many of them end this.
    let ending = relay?.enough ?? engine.interruption
    let engine = Engine(
      layout: engine.layout, executables: engine.executables, interruption: ending)
    var follow = LogOptions()
    follow.follow = true
    let streams = [StreamSink(1), StreamSink(2)]
    var failure: SyscallError?
    try engine.logs(container: record.id.hex, follow) { lines in
      guard failure == nil, !ending.isInterrupted else { return }
      do throws(SyscallError) {
        for line in lines {
          try streams[line.stream == .output ? 0 : 1].write(
            Array(line.text) + (line.isPartial ? [] : [0x0A]))
        }
        for stream in streams { _ = try stream.flushAll(stop: ending.descriptor) }
      } catch {
        failure = error
        ending.interrupt()
      }
    }
    if let failure {
      // Nobody reads any more: the container runs on.
      if failure.errno == EPIPE { return nil }
      throw EngineError(failure, doing: "pass the streams of \(record.name) on")
    }
    if ending.isInterrupted {
      if relay == nil { return nil }
      throw SignalRelay.leaving(record)
    }
    return ExitRecord.read(of: context.layout.container(record.id))?.code ?? 255
  }

  func follow(
    _ record: ContainerRecord, _ attachment: Attachment
  ) throws(EngineError) -> Int32 {
    let foreground = Foreground(
      context: ContainerContext(engine, project: project.name), record: record,
      options: options.attachment)
    // Afterwards whoever comes first may remove it.
    defer { client?.release() }
    let code = try foreground.follow(attachment)
    guard let code else { return 0 }
    if options.remove { try engine.removeEnded(record) }
    return code
  }
}

extension Engine {
  /// Removes a standalone container that ended, unless its supervisor was faster.
  func removeEnded(_ record: ContainerRecord) throws(EngineError) {
    // The user may have interrupted before: that was meant for the container.
    let engine = Engine(layout: layout, executables: executables)
    try engine.withLocked(record, mayBeGone: true) { (runner) throws(EngineError) in
      if try runner.context.containers.record(record.id) != nil {
        try runner.remover.remove(record, volumes: true)
        if !record.networking.ports.isEmpty { runner.firewall.portsChanged() }
        try runner.firewall.flush()
      }
      SupervisorEnd(runner: runner).ifNothingRuns()
      try StandaloneEnd(context: runner.context, firewall: runner.firewall).run()
    }
  }
}
