import Compose
import Glibc
import Image
import Linux
import Model
import Networking
import Runtime
import State
import Synchronization

/// Runs the commands of a build, each in a container of its own that is gone afterwards.
struct StepRunner: BuildStepRunner {
  let context: ContainerContext
  let userNamespaces: UserNamespaces
  /// Where containers may write.
  var shared = SharedDirectories.none

  /// The project that containers of builds are said to belong to; no project has this name.
  static let project = ""
  // Stages run at the same time; the network that they share is made by one of them.
  private static let preparing = Mutex(())
  /// The file that tells who waits for such a container.
  static let ownerFile = "owner.json"

  func run(
    _ step: BuildRunStep, output: @escaping @Sendable ([UInt8]) -> Void
  ) throws(Diagnostic) -> Int32 {
    let id = ObjectID.random()
    do throws(EngineError) {
      defer { context.attempt { () throws(EngineError) in try Self.remove(id, context) } }
      let network = try Self.preparing.withLock { _ throws(EngineError) in try prepare(id, step) }
      let pending = try launch(id)
      return try step.cancellation.handling({ kill(id) }) { () throws(EngineError) in
        _ = network
        return try follow(pending, id, step.cancellation, output)
      }
    } catch {
      throw error.diagnostics.first ?? Diagnostic(.error, "the command could not be run")
    }
  }

  func obstacles(to step: BuildRunStep) -> [Diagnostic] {
    switch step.environment.network {
    case "none", "host": []
    default: context.manager.forwardObstacles()
    }
  }

  // MARK: Before

  private func prepare(_ id: ObjectID, _ step: BuildRunStep) throws(EngineError) -> NetworkState {
    let containerLayout = context.layout.container(id)
    var record = ContainerRecord(
      id: id, name: "build-\(id.short)", project: Self.project, service: "build", number: 1,
      created: context.now, image: "", imageID: "", configHash: "")
    var spec = try makeSpec(id, step)
    chooseNetwork(step, &record, &spec)
    // Whose it is stands there as soon as the container does: when we are killed, the next command
    // knows that nobody waits for it.
    try context.containers.create(record, spec) { (made) throws(SyscallError) in
      try ProcessIdentity.ofThisProcess().write("\(made.state)/\(Self.ownerFile)")
    }
    let state = try connect(record, spec)
    try writeEtc(record, step, state, into: &spec)
    try explaining("prepare a build step") { () throws(SyscallError) in
      try spec.write(containerLayout.spec)
    }
    return state
  }

  private func makeSpec(_ id: ObjectID, _ step: BuildRunStep) throws(EngineError) -> ContainerSpec {
    var spec = ContainerSpec(
      id: id, hostname: "buildkitsandbox",
      rootFilesystem: RootFilesystem(
        lowerDirectories: step.lowerDirectories, upper: step.upperDirectory,
        work: step.workDirectory),
      process: ProcessSpec(
        arguments: step.arguments,
        environment: step.variables.map { NamedValue($0.name, $0.value) },
        workingDirectory: step.directory, user: step.user))
    let isOnHost = step.environment.privileged || userNamespaces == .host
    spec.namespaces.user = isOnHost ? .host : .private
    spec.namespaces.ids = isOnHost || userNamespaces == .identity ? .host : .own
    spec.log = LogSpec(driver: .none)
    spec.privileged = step.environment.privileged
    if spec.privileged {
      spec.process.capabilities = .all
    } else {
      spec.seccomp = try context.seccompFilter(
        file: nil, capabilities: spec.process.capabilities)
    }
    if let size = step.environment.shmSize, size > 0 { spec.shmSize = size }
    spec.process.rlimits = step.environment.limits.map {
      ResourceLimit($0.name, soft: UInt64(exactly: $0.soft), hard: UInt64(exactly: $0.hard))
    }
    for mount in step.mounts { spec.mounts.append(try resolve(mount)) }
    return spec
  }

  private func resolve(_ mount: BuildMount) throws(EngineError) -> ContainerMount {
    switch mount.source {
    case .directory(let path):
      return .bind(BindMount(source: path, target: mount.target, readOnly: mount.isReadOnly))
    case .layers(let layers, let path):
      return .image(
        ImageMount(lowerDirectories: layers, target: mount.target, subpath: path))
    case .memory(let size):
      return .tmpfs(
        TmpfsMount(target: mount.target, size: size, options: mount.isReadOnly ? ["ro"] : []))
    case .file(let path, let user, let group, let mode):
      return .file(
        FileMount(source: path, target: mount.target, user: user, group: group, mode: mode))
    case .socket(let path, _, _, _):
      let place = shared.place(of: path)
      return .bind(
        BindMount(source: place.directory, target: mount.target, subpath: place.subpath))
    }
  }

  private func chooseNetwork(
    _ step: BuildRunStep, _ record: inout ContainerRecord, _ spec: inout ContainerSpec
  ) {
    switch step.environment.network {
    case "none": spec.namespaces.network = .private
    case "host":
      spec.namespaces.network = .host
      record.networking.mode = .host
    case let name:
      let network =
        name.flatMap { $0 == "default" ? nil : $0 } ?? NetworkingResolution.defaultBridge
      record.networking.attachments = [ContainerNetworking.Attachment(network: network)]
      spec.namespaces.network = .path(context.layout.container(record.id).networkNamespace)
    }
  }

  private func connect(
    _ record: ContainerRecord, _ spec: ContainerSpec
  ) throws(EngineError) -> NetworkState {
    guard case .path = spec.namespaces.network else {
      _ = try IDAssignment(context).assign(record.id, spec.namespaces)
      return NetworkState()
    }
    let firewall = FirewallSync(context)
    try ResourceMaker(context: context, firewall: firewall).createDefaultBridge()
    try ResourceMaker(context: context, firewall: firewall).ensureBridges(
      Set(record.networking.attachments.map(\.network)))
    let supervisor = SupervisorClient(context.engine, project: Self.project)
    let state = try ContainerConnector(context, supervisor).connect(record)
    try firewall.flush()
    return state
  }

  /// Nobody answers names for a build: it asks the host's servers itself.
  private func writeEtc(
    _ record: ContainerRecord, _ step: BuildRunStep, _ state: NetworkState,
    into spec: inout ContainerSpec
  ) throws(EngineError) {
    let directory = context.layout.container(record.id).etc
    let gateway = state.endpoints.first?.network.gateways.first
    let extra = step.environment.extraHosts.compactMap {
      HostsFile.entry(name: $0.name, value: $0.address, gateway: gateway)
    }
    let hosts = HostsFile(
      addresses: state.endpoints.flatMap(\.addresses), hostname: spec.hostname, extra: extra)
    let files = [("hosts", hosts.text), ("resolv.conf", resolver(record).text)]
    try explaining("prepare a build step") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o700)
      for (name, text) in files { try Files.write("\(directory)/\(name)", Array(text.utf8)) }
    }
    for (name, _) in files where !spec.mounts.contains(where: { $0.target == "/etc/\(name)" }) {
      spec.mounts.append(.bind(BindMount(source: "\(directory)/\(name)", target: "/etc/\(name)")))
    }
  }

  private func resolver(_ record: ContainerRecord) -> ResolvConf {
    var host = context.hostResolver
    guard record.networking.mode != .host else { return host }
    // A resolver on the host's loopback cannot be reached from another network namespace.
    if host.nameservers.allSatisfy(\.isLoopback) {
      host = ResolvConf(
        parsing: (try? Files.readText("/run/systemd/resolve/resolv.conf")) ?? "")
    }
    host.nameservers.removeAll(where: \.isLoopback)
    return host
  }

  private func launch(_ id: ObjectID) throws(EngineError) -> PendingLaunch {
    let launcher = try context.launcher()
    do throws(LaunchFailure) {
      return try launcher.start(id, attached: true)
    } catch {
      throw EngineError(error.message, hint: error.hint, exitCode: error.exitCode)
    }
  }

  // MARK: Meanwhile

  private func follow(
    _ pending: PendingLaunch, _ id: ObjectID, _ cancellation: BuildCancellation,
    _ output: @Sendable ([UInt8]) -> Void
  ) throws(EngineError) -> Int32 {
    do throws(LaunchFailure) { _ = try pending.wait() } catch {
      if let hint = error.hint {
        throw EngineError("cannot run the command: \(error.message)", hint: hint)
      }
      // What is wrong is the command, or something before it came to that, such as the user.
      guard [126, 127].contains(error.exitCode) else {
        throw EngineError(error.message, exitCode: error.exitCode)
      }
      output(Array("\(error.message)\n".utf8))
      return error.exitCode
    }
    // Whoever cancelled before this found no process to kill.
    if cancellation.isCancelled { kill(id) }
    if let attachment = pending.attachment { relay(attachment, output) }
    if let shim = context.processes.shim(id) {
      _ = try? shim.waitForEnd(timeoutMilliseconds: WaitLimit.end)
    }
    guard let exit = ExitRecord.read(of: context.layout.container(id)) else {
      throw EngineError("the end of the build step was not recorded")
    }
    return exit.code
  }

  private func relay(_ attachment: Attachment, _ output: @Sendable ([UInt8]) -> Void) {
    var buffer = [UInt8](repeating: 0, count: AttachMessage.maximumLength)
    while true {
      let count = recv(attachment.descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      switch AttachMessage(rawValue: buffer[0]) {
      case .output, .errors: output(Array(buffer[1..<count]))
      default: continue
      }
    }
  }

  private func kill(_ id: ObjectID) { _ = try? context.processes.signal(id, SIGKILL) }

  // MARK: After

  /// How long the kernel may take to end what was killed.
  private static let endMilliseconds: Int32 = 10_000

  /// Removes everything of a step's container.
  static func remove(_ id: ObjectID, _ context: ContainerContext) throws(EngineError) {
    if context.processes.status(id).process != nil {
      _ = try? context.processes.signal(id, SIGKILL)
      if let shim = context.processes.shim(id) {
        _ = try? shim.waitForEnd(timeoutMilliseconds: endMilliseconds)
      }
    }
    guard let record = try context.containers.record(id) else { return }
    let supervisor = SupervisorClient(context.engine, project: project)
    let connector = ContainerConnector(context, supervisor)
    try connector.disconnect(id)
    try connector.release(record)
    try explaining("remove a build step") { () throws(SyscallError) in
      try context.processes.cleanup(id)
    }
    try context.containers.remove(id)
  }
}
