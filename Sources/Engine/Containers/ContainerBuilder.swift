import Compose
import Glibc
import Image
import Linux
import Model
import Planning
import Runtime
import State

/// Makes containers: finds out what a container consists of, and writes it down. Nothing runs yet.
struct ContainerBuilder {
  let context: ContainerContext

  /// Makes a container and returns its record. When anything is wrong, nothing is left of it.
  func create(_ asked: ContainerRequest) throws(EngineError) -> ContainerRecord {
    let request = try DeviceResolution.apply(to: asked)
    var mounts = MountResolution(request, context)
    try mounts.resolve()
    var networking = NetworkingResolution(request, context)
    var record = makeRecord(request)
    record.networking = try networking.resolve()
    record.mounts = mounts.records
    record.shares = shares(of: request.service)
    var spec = try makeSpec(request, record)
    spec.mounts =
      etcMounts(for: record, besides: mounts.mounts, readOnly: request.service.readOnly)
      + mounts.mounts
    var isolation = IsolationResolution(request, context)
    try isolation.apply(to: &spec, networkMode: record.networking.mode)
    record.hostRootReasons = isolation.hostRootReasons
    let found =
      mounts.warnings + networking.warnings + isolation.warnings + userWarnings(request)
      + platformWarnings(request)
    warnOfOwners(spec, request.image, service: request.service)
    try makeDirectories(mounts.directoriesToMake)
    for warning in found { context.engine.progress.warn(warning) }
    try ContainerNameClaim(context).during(request) { () throws(EngineError) in
      try write(record, spec, files: mounts.files, volumes: mounts.newVolumes)
    }
    context.remember(record)
    context.journal.append("create", record)
    return record
  }

  /// A program for another processor ends as soon as it is started.
  private func platformWarnings(_ request: ContainerRequest) -> [Diagnostic] {
    let platform = request.image.configuration.platform
    guard !ForeignPrograms.run(for: platform) else { return [] }
    return [
      request.problem(
        "the image \(request.service.image) is for \(platform), and this machine is "
          + "\(Image.Platform.host): its programs cannot run",
        at: request.service.source.has("platform") ? "platform" : "image",
        hint: "take an image for this machine, or install an interpreter, as the package "
          + "qemu-user-static does",
        severity: .warning)
    ]
  }

  /// Nobody should be root because a variable was empty.
  private func userWarnings(_ request: ContainerRequest) -> [Diagnostic] {
    guard let user = request.service.user, user.hasPrefix(":") else { return [] }
    return [
      request.problem(
        "`user: \"\(user)\"` names no user before the colon: the program runs as root", at: "user",
        hint:
          "write the user, or leave `user` out to have the image's; a variable in it may be empty",
        severity: .warning)
    ]
  }

  /// Says which file of an image has an owner that the container does not have.
  private func warnOfOwners(_ spec: ContainerSpec, _ image: ImageRecord, service: Service) {
    guard spec.namespaces.ids != .host, let owner = context.images.unmappedOwner(in: image) else {
      return
    }
    context.warnOnce(
      "\(owner.path) in image \(service.image) belongs to \(owner.id), and users and groups of a "
        + "container end at \(UnmappedOwner.largestMapped): such files show as nobody's (65534) and "
        + "cannot be changed; with `userns_mode: host`, or `x-roost: {userns: identity}`, they are "
        + "as in the image")
  }

  /// Makes sources of binds, which belong to whoever called sudo(8).
  private func makeDirectories(
    _ places: [(directory: String, subpath: String)]
  ) throws(EngineError) {
    for (directory, subpath) in places {
      let path = subpath.isEmpty ? directory : "\(directory)/\(subpath)"
      try explaining("make the bind source \(path)") { () throws(SyscallError) in
        try Files.makeDirectories(directory)
        let root = try RootedDirectory(opening: directory)
        if !subpath.isEmpty { _ = try root.makeDirectory(subpath, .beneath) }
        guard let owner = context.engine.caller.owner else { return }
        let made = try root.open(
          subpath.isEmpty ? "." : subpath, O_RDONLY | O_DIRECTORY, .beneath)
        try LiveKernel().setOwner(
          descriptor: made.raw, user: owner.user, group: owner.group, path: path)
      }
    }
  }

  // MARK: The record

  private func makeRecord(_ request: ContainerRequest) -> ContainerRecord {
    let service = request.service
    let process = ProcessResolution(service: service, image: request.image.configuration)
    var record = ContainerRecord(
      id: request.id, name: request.name, project: request.project.name, service: service.name,
      number: request.number, created: Clock.now(), image: service.image,
      imageID: request.image.id.hex, configHash: request.configHash)
    record.isOneOff = request.slug != nil
    record.configuration = service.configuration.json.text()
    if let replaced = request.replaces {
      record.replaces = replaced.id
      record.finalName = request.name
      // Two containers of one name must never be seen.
      record.name = "\(replaced.id.short)_\(request.name)"
    }
    record.labels = labels(of: request)
    record.command = process.arguments
    record.restart = RestartSettings(
      record.isOneOff ? .no : service.restart, delay: service.restartDelay,
      window: service.restartWindow)
    record.healthcheck = record.isOneOff ? nil : process.healthcheck
    record.stopSignal = process.stopSignal ?? 15
    record.stopGracePeriod = service.stopGracePeriod
    record.terminal = service.tty
    record.openStdin = service.stdinOpen
    record.attach = service.attach
    record.dependencies = service.dependencies
    record.postStart = service.postStart
    record.preStop = service.preStop
    record.removeOnExit = request.removeOnExit
    return record
  }

  /// Whose namespaces and volumes it has: what can be seen later to be another container's.
  private func shares(of service: Service) -> [SharedOwner] {
    var shares: [SharedOwner] = []
    func add(_ owner: ContainerRecord?, _ share: (ObjectID) -> SharedOwner) {
      guard let owner else { return }
      // What belongs to the owner may be another one's itself.
      shares += [share(owner.id)] + owner.shares
    }
    for name in service.sharedServices {
      add(context.container(ofService: name)) { SharedOwner($0, service: name) }
    }
    for name in service.sharedContainers {
      add(context.container(named: name)) { SharedOwner($0, container: name) }
    }
    var seen: Set<ObjectID> = []
    return shares.filter { seen.insert($0.owner).inserted }
  }

  /// The image's labels under the service's, and those by which Docker's tools know a container.
  private func labels(of request: ContainerRequest) -> OrderedMap<String> {
    let service = request.service
    let project = request.project
    var labels: OrderedMap<String> = [:]
    for (key, value) in request.image.configuration.labels.sorted(by: { $0.key < $1.key }) {
      labels[key] = value
    }
    for entry in service.labels { labels[entry.key] = entry.value }
    guard !StandaloneProject.contains(project.name) else { return labels }
    labels[ComposeLabel.project] = project.name
    labels[ComposeLabel.service] = service.name
    labels[ComposeLabel.containerNumber] = String(request.number)
    labels[ComposeLabel.configHash] = request.configHash
    labels[ComposeLabel.oneOff] = request.slug == nil ? "False" : "True"
    labels[ComposeLabel.image] = "sha256:\(request.image.id.hex)"
    labels[ComposeLabel.dependsOn] = ComposeLabel.text(of: service.dependencies)
    labels[ComposeLabel.workingDirectory] = project.workingDirectory
    labels[ComposeLabel.configFiles] = project.composeFiles.joined(separator: ",")
    if !project.environmentFiles.isEmpty {
      labels[ComposeLabel.environmentFile] = project.environmentFiles.joined(separator: ",")
    }
    labels[ComposeLabel.slug] = request.slug
    labels[ComposeLabel.replace] = request.replaces?.name
    return labels
  }

  // MARK: The spec

  private func makeSpec(
    _ request: ContainerRequest, _ record: ContainerRecord
  ) throws(EngineError) -> ContainerSpec {
    let service = request.service
    let process = ProcessResolution(service: service, image: request.image.configuration)
    guard !process.arguments.isEmpty else {
      throw EngineError(
        StandaloneProject.contains(request.project.name)
          ? Diagnostic(
            .error, "there is nothing to run: image \(service.image) has no command",
            hint: "write a command behind the image")
          : request.problem(
            "there is nothing to run: neither the service nor image \(service.image) has a command",
            at: "command", hint: "give the service a `command`"))
    }
    guard process.stopSignal != nil else {
      let name = service.stopSignal ?? request.image.configuration.stopSignal
      throw EngineError(request.problem("there is no signal \(name)", at: "stop_signal"))
    }
    var spec = ContainerSpec(
      id: request.id, hostname: try hostname(of: record),
      rootFilesystem: RootFilesystem(
        lowerDirectories: try context.lowerDirectories(of: request.image),
        readOnly: service.readOnly),
      process: ProcessSpec(
        arguments: process.arguments, environment: process.environment,
        workingDirectory: process.workingDirectory, user: process.user))
    spec.domainname = service.domainName ?? ""
    spec.terminal = service.tty
    spec.openStdin = service.stdinOpen
    spec.stdinOnce = request.slug != nil || request.closesStdinOnce
    spec.initProcess = service.usesInit
    spec.stopSignal = record.stopSignal
    spec.annotations = service.annotations.map { NamedValue($0.key, $0.value) }
    spec.log = try LogResolution(request, record, process.environment).resolve()
    warnOfLog(request)
    spec.supervisor = SupervisorSpec(
      context.layout, project: record.project, executable: context.engine.executables.roost)
    return spec
  }

  private func hostname(of record: ContainerRecord) throws(EngineError) -> String {
    switch record.networking.mode {
    case .networks, .none: return record.networking.hostname
    case .host:
      let name = (try? Files.readText("/proc/sys/kernel/hostname")) ?? ""
      return name.split(separator: "\n").first.map(String.init) ?? record.networking.hostname
    case .container(let owner):
      return try context.record(owner)?.networking.hostname ?? record.networking.hostname
    }
  }

  private func warnOfLog(_ request: ContainerRequest) {
    for option in LoggingChecks.ineffective(in: request.service.logging) {
      context.engine.progress.warn(
        request.problem(
          "`\(option.key)` has no effect: \(option.reason)", at: "logging.options.\(option.key)",
          severity: .warning))
    }
  }

  /// The files that every container has of its own, unless the service mounts others there.
  private func etcMounts(
    for record: ContainerRecord, besides mounts: [ContainerMount], readOnly: Bool
  ) -> [ContainerMount] {
    var owner = record.id
    if case .container(let other) = record.networking.mode { owner = other }
    let directory = context.layout.container(owner).etc
    return ["hosts", "hostname", "resolv.conf"].compactMap { name in
      let target = "/etc/\(name)"
      guard !mounts.contains(where: { $0.target == target }) else { return nil }
      return .bind(
        BindMount(source: "\(directory)/\(name)", target: target, readOnly: readOnly))
    }
  }

  // MARK: Writing

  private func write(
    _ record: ContainerRecord, _ spec: ContainerSpec, files: [[UInt8]], volumes: [VolumeRecord]
  ) throws(EngineError) {
    do {
      for volume in volumes { try context.volumes.create(volume) }
      try context.containers.create(record, spec) { (made) throws(SyscallError) in
        guard !files.isEmpty else { return }
        try Files.makeDirectory(made.files, mode: 0o700)
        for (number, content) in files.enumerated() {
          try Files.write("\(made.files)/\(number)", content, mode: 0o600)
        }
      }
    } catch {
      try? context.containers.remove(record.id)
      for volume in volumes { try? context.volumes.remove(volume.name) }
      throw error
    }
  }
}
