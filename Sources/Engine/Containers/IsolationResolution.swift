import Compose
import Linux
import Model
import Runtime
import State

/// How a container is shut off from the machine and from its neighbours.
struct IsolationResolution {
  let request: ContainerRequest
  let context: ContainerContext
  private(set) var warnings: [Diagnostic] = []
  /// What makes root inside root outside as well.
  private(set) var hostRootReasons: [String] = []
  private var errors: [Diagnostic] = []

  private var service: Service { request.service }

  init(_ request: ContainerRequest, _ context: ContainerContext) {
    self.request = request
    self.context = context
  }

  /// Fills in everything; throws all that is wrong.
  mutating func apply(
    to spec: inout ContainerSpec, networkMode: ContainerNetworking.Mode
  ) throws(EngineError) {
    applyPrivileges(to: &spec)
    applyDevices(to: &spec)
    applyNamespaces(to: &spec, networkMode)
    applyLimits(to: &spec)
    spec.sysctls = service.sysctls.map { NamedValue($0.key, $0.value) }
    if let size = service.shmSize, size > 0 { spec.shmSize = size }
    guard errors.isEmpty else { throw EngineError(errors) }
    try applySeccomp(to: &spec)
  }

  // MARK: Privileges

  private mutating func applyPrivileges(to spec: inout ContainerSpec) {
    spec.privileged = service.privileged
    spec.process.additionalGroups = service.groups
    do {
      let base = service.privileged ? CapabilitySet.all : .dockerDefault
      spec.process.capabilities = try base.adjusted(
        adding: service.addedCapabilities, dropping: service.droppedCapabilities)
    } catch {
      let isAdded = service.addedCapabilities.contains(error.name)
      let near = Suggestion.nearest(to: error.name, in: CapabilitySet.names)
      errors.append(
        request.problem(
          "\(error)", at: isAdded ? "cap_add" : "cap_drop",
          hint: near.map { "did you mean \($0)?" }))
    }
    for option in service.securityOptions {
      switch option {
      case .noNewPrivileges(let isOn): spec.process.noNewPrivileges = isOn
      case .unmaskedSystemPaths:
        spec.maskedPaths = []
        spec.readOnlyPaths = []
      case .apparmor(let profile) where profile != "unconfined":
        warn(
          "AppArmor profile \(profile) has no effect: roost does not load profiles",
          at: "security_opt")
      case .label(let label) where label != "disable":
        warn("SELinux label \(label) has no effect: roost sets no labels", at: "security_opt")
      case .label, .apparmor, .seccomp: break
      }
    }
  }

  private mutating func warn(_ message: String, at part: String) {
    warnings.append(request.problem(message, at: part, severity: .warning))
  }

  private func applySeccomp(to spec: inout ContainerSpec) throws(EngineError) {
    var profile = SecurityOption.Seccomp.builtin
    for case .seccomp(let chosen) in service.securityOptions { profile = chosen }
    let capabilities = spec.process.capabilities
    switch profile {
    case .unconfined: spec.seccomp = nil
    case .builtin where service.privileged: spec.seccomp = nil
    case .builtin:
      spec.seccomp = try context.seccompFilter(file: nil, capabilities: capabilities)
    case .file(let path):
      spec.seccomp = try context.seccompFilter(file: path, capabilities: capabilities)
    }
  }

  // MARK: Devices

  private mutating func applyDevices(to spec: inout ContainerSpec) {
    for (position, device) in service.devices.enumerated() {
      let part = "devices[\(position)]"
      if !Files.exists(device.source) {
        errors.append(request.problem("device \(device.source) does not exist", at: part))
      } else {
        spec.devices.append(
          DeviceSpec(
            hostPath: device.source, containerPath: device.target,
            permissions: device.permissions))
      }
    }
    for (position, rule) in service.deviceCgroupRules.enumerated() where DeviceRule(rule) == nil {
      errors.append(
        request.problem(
          "\"\(rule)\" is not a rule for devices", at: "device_cgroup_rules[\(position)]",
          hint: "write kind, numbers and rights, such as \"c 189:* rwm\""))
    }
    spec.deviceRules = service.deviceCgroupRules
  }

  // MARK: Namespaces

  private mutating func applyNamespaces(
    to spec: inout ContainerSpec, _ networkMode: ContainerNetworking.Mode
  ) {
    var namespaces = Namespaces()
    namespaces.ipc = source(of: service.ipc, at: "ipc")
    namespaces.pid = source(of: service.pid, at: "pid")
    namespaces.uts = source(of: service.uts, at: "uts")
    namespaces.cgroup = source(of: service.cgroup, at: "cgroup")
    switch networkMode {
    case .networks, .none:
      namespaces.network = .path(context.layout.container(request.id).networkNamespace)
    case .host: namespaces.network = .host
    case .container(let owner):
      namespaces.network = .path(context.layout.container(owner).networkNamespace)
    }
    var idOwner: ObjectID?
    if case .container(let id) = source(of: service.userNamespace, at: "userns_mode") {
      idOwner = id
    }
    let users = UserResolution(
      request: request, context: context, networkMode: networkMode, namespaces: namespaces
    ).resolve(ids: idOwner)
    namespaces.user = users.user
    namespaces.ids = users.ids
    hostRootReasons = users.hostRootReasons
    warnings += users.warnings
    spec.namespaces = namespaces
  }

  private mutating func source(of mode: NamespaceMode, at part: String) -> Namespaces.Source {
    switch mode {
    case .default, .private, .shareable, .none: return .private
    case .host: return .host
    case .service(let name):
      if let owner = context.container(ofService: name) { return .container(owner.id) }
      errors.append(
        request.problem("service \(name) has no container to share with", at: part))
    case .container(let name):
      if let owner = context.container(named: name) { return .container(owner.id) }
      errors.append(request.problem("there is no container \(name)", at: part))
    }
    return .private
  }

  // MARK: Limits

  private mutating func applyLimits(to spec: inout ContainerSpec) {
    for limit in service.ulimits {
      guard ResourceLimit.numbers[limit.name] != nil else {
        let near = Suggestion.nearest(to: limit.name, in: ResourceLimit.numbers.keys.sorted())
        errors.append(
          request.problem(
            "there is no resource limit \(limit.name)", at: "ulimits.\(limit.name)",
            hint: near.map { "did you mean \($0)?" }))
        continue
      }
      spec.process.rlimits.append(
        ResourceLimit(
          limit.name, soft: UInt64(exactly: limit.soft), hard: UInt64(exactly: limit.hard)))
    }
    let resources = service.resources
    spec.process.oomScoreAdjustment = resources.oomScoreAdjustment
    spec.cgroup.memory = positive(resources.memory)
    spec.cgroup.memoryReservation = positive(resources.memoryReservation)
    spec.cgroup.memorySwappiness = resources.swappiness.map(Int64.init)
    spec.cgroup.oomKillDisable = resources.oomKillDisable
    switch resources.swap {
    case .default: spec.cgroup.memorySwap = nil
    case .unlimited: spec.cgroup.memorySwap = -1
    case .total(let bytes): spec.cgroup.memorySwap = bytes
    }
    spec.cgroup.cpuPeriod = positive(resources.cpuPeriod)
    spec.cgroup.cpuQuota = positive(resources.cpuQuota)
    if let cpus = resources.cpus, cpus > 0 {
      spec.cgroup.cpuPeriod = Self.period
      spec.cgroup.cpuQuota = Int64((min(cpus, Self.mostProcessors) * Double(Self.period)).rounded())
    }
    spec.cgroup.cpuShares = positive(resources.cpuShares)
    spec.cgroup.cpusetProcessors = resources.cpuset
    spec.cgroup.realtimeRuntime = positive(resources.cpuRealtimeRuntime)
    spec.cgroup.realtimePeriod = positive(resources.cpuRealtimePeriod)
    if let parent = service.cgroupParent, let path = LimitChecks.cgroup(parent) {
      spec.cgroup.path = "\(path)/\(request.id.hex)"
    }
    spec.cgroup.pids = resources.pids.flatMap { $0 == 0 ? nil : $0 }
    applyBlockLimits(to: &spec)
  }

  /// The period of `cpus`, in microseconds.
  private static let period: Int64 = 100_000
  /// More than any machine has, and few enough to count in.
  private static let mostProcessors = 1e6

  private func positive(_ value: Int64?) -> Int64? { value.flatMap { $0 > 0 ? $0 : nil } }

  private func applyBlockLimits(to spec: inout ContainerSpec) {
    let block = service.resources.blockIO
    spec.cgroup.blockWeight = block.weight.map(Int64.init)
    spec.cgroup.blockWeights = block.deviceWeights.map {
      BlockWeight(device: $0.path, weight: $0.value)
    }
    let kinds: [(BlockLimit.Kind, [BlockIO.Device])] = [
      (.readBytes, block.readBytes), (.writeBytes, block.writeBytes),
      (.readOperations, block.readOperations), (.writeOperations, block.writeOperations),
    ]
    for (kind, devices) in kinds {
      for device in devices {
        spec.cgroup.blockLimits.append(
          BlockLimit(
            kind: kind, device: device.path, rate: UInt64(exactly: device.value) ?? 0))
      }
    }
  }
}
