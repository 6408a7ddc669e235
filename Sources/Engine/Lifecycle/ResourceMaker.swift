import Compose
import Image
import Linux
import Model
import Networking
import State

/// Makes and removes the networks and volumes of a project.
struct ResourceMaker: Sendable {
  let context: ContainerContext
  let firewall: FirewallSync

  // MARK: Networks

  /// Makes a network of the file, and its bridge.
  func createNetwork(_ network: Compose.Network, hash: String) throws(EngineError) {
    try createNetwork(network, project: context.project, hash: hash)
  }

  /// Makes a network, and its bridge; when anything is wrong, nothing is left of it.
  ///
  /// - Parameter project: the project of whose file it is; nil for one by itself.
  func createNetwork(
    _ network: Compose.Network, project: String?, hash: String
  ) throws(EngineError) {
    let request = try NetworkRequestResolution(
      network: network, project: project, hash: hash
    ).request()
    do throws(NetworkError) {
      let record = try context.networks.create(request)
      context.forgetNetwork(network.name)
      do throws(NetworkError) {
        for warning in try context.manager.ensureBridge(record) {
          context.engine.progress.warn(warning)
        }
      } catch {
        try? context.networks.remove(record)
        context.forgetNetwork(network.name)
        throw error
      }
    } catch {
      var diagnostic = error.diagnostic
      if diagnostic.location == nil {
        diagnostic = network.source.diagnostic(
          .error, diagnostic.message, part: "ipam", hint: diagnostic.hint)
      }
      throw EngineError(diagnostic)
    }
    firewall.networkMade(network.name)
  }

  /// Makes the network that `network_mode: bridge` means, unless it is there.
  func createDefaultBridge() throws(EngineError) {
    let lock = try defaultBridgeLock()
    defer { lock.release() }
    // Another command may have removed it meanwhile.
    context.forgetNetwork(NetworkingResolution.defaultBridge)
    guard context.network(NetworkingResolution.defaultBridge) == nil else { return }
    // It is not the one container's that happens to be the first on it.
    try createNetwork(
      Compose.Network(
        key: NetworkingResolution.defaultBridge, name: NetworkingResolution.defaultBridge),
      project: nil, hash: "")
  }

  /// Removes that network when no container is to be on it.
  func removeUnusedDefaultBridge() throws(EngineError) {
    let lock = try defaultBridgeLock()
    defer { lock.release() }
    let name = NetworkingResolution.defaultBridge
    context.forgetNetwork(name)
    let isUsed = try context.containers.all().contains { record in
      record.networking.attachments.contains { $0.network == name }
    }
    if !isUsed { _ = try removeNetwork(name) }
  }

  /// Held while the default bridge comes or goes: a container's record is written before, so that
  /// who removes the bridge sees who is about to need it.
  private func defaultBridgeLock() throws(EngineError) -> FileLock {
    try explaining("lock the default network") { () throws(SyscallError) in
      try Files.makeDirectories(context.layout.locks, mode: 0o700)
      return try FileLock.acquire(context.layout.defaultBridgeLock)
    }
  }

  /// Those of some networks whose bridges are not there.
  func missingBridges(_ names: Set<String>) throws(EngineError) -> [String] {
    var missing: [String] = []
    for name in names.sorted() {
      guard let network = context.network(name) else { continue }
      let exists = try networking { () throws(NetworkError) in
        try context.manager.bridgeExists(network)
      }
      if !exists { missing.append(name) }
    }
    return missing
  }

  /// Makes sure that the bridges of networks are there: a reboot takes them away.
  func ensureBridges(_ names: Set<String>) throws(EngineError) {
    for name in names.sorted() {
      guard let network = context.network(name) else { continue }
      let warnings = try networking { () throws(NetworkError) in
        try context.manager.ensureBridge(network)
      }
      for warning in warnings { context.engine.progress.warn(warning) }
    }
  }

  /// Removes a network with its bridge; false when containers still hold addresses in it.
  ///
  /// - Parameter leaving: containers that are off the network and about to be removed.
  func removeNetwork(
    _ name: String, leaving: Set<ObjectID> = []
  ) throws(EngineError) -> Bool {
    try context.requireUsableNetwork(name)
    guard let network = context.network(name) else { return true }
    return try networking { () throws(NetworkError) in
      let holders = try context.networks.leases(of: network).all().map(\.container)
      guard leaving.isSuperset(of: holders) else { return false }
      firewall.networkLeaves(name)
      // The bridge goes first: killed in between, the record still leads to what is left.
      try context.manager.removeBridge(network)
      try context.networks.remove(network)
      context.forgetNetwork(name)
      firewall.networkRemoved(name)
      return true
    }
  }

  // MARK: Volumes

  /// Makes a volume of the file.
  func createVolume(_ volume: Compose.Volume, hash: String) throws(EngineError) {
    var record = VolumeRecord(name: volume.name, created: context.now)
    record.project = context.project
    record.key = volume.key
    record.configHash = hash
    record.options = volume.driverOptions
    record.labels = volume.labels
    for (key, value) in [
      (ComposeLabel.project, context.project), (ComposeLabel.volume, volume.key),
      (ComposeLabel.configHash, hash),
    ] {
      record.labels[key] = value
    }
    try check(volume, record)
    try context.volumes.create(record)
  }

  /// Refuses a name, a driver or options that no volume can have.
  func check(_ volume: Compose.Volume, _ record: VolumeRecord) throws(EngineError) {
    guard VolumeRecord.isValid(name: record.name) else {
      throw EngineError(
        volume.source.diagnostic(
          .error, "volume name \"\(record.name)\" is not valid", part: "name",
          hint: "use at least two letters, digits, `_`, `.` and `-`, beginning with a letter or "
            + "digit"))
    }
    guard volume.driver == Compose.Volume.defaultDriver else {
      throw EngineError(
        volume.source.diagnostic(
          .error, "volume driver \(volume.driver) does not exist here", part: "driver",
          hint: "remove `driver` to use a directory of this host"))
    }
    guard !volume.driverOptions.isEmpty, record.boundDirectory == nil else { return }
    throw EngineError(
      volume.source.diagnostic(
        .error, "these options of volume \(volume.name) are not supported", part: "driver_opts",
        hint: "a directory of this host works: `type: none`, `o: bind`, `device: /path`"))
  }
}

/// Turns a network of the file into what the network store is asked for.
struct NetworkRequestResolution {
  let network: Compose.Network
  /// The project of whose file it is; nil for one by itself.
  let project: String?
  let hash: String

  private static let prefix = "com.docker.network."

  func request() throws(EngineError) -> NetworkRequest {
    var request = NetworkRequest(name: network.name)
    request.project = project
    request.key = project.map { _ in network.key }
    request.driver = network.driver
    request.options = network.driverOptions
    request.isAttachable = network.isAttachable
    request.isInternal = network.isInternal
    request.enableIPv4 = network.enableIPv4
    request.enableIPv6 = network.enableIPv6
    request.configHash = hash
    request.labels = network.labels.map { ($0.key, $0.value) }
    if let project {
      request.labels += [
        (ComposeLabel.project, project), (ComposeLabel.network, network.key),
        (ComposeLabel.configHash, hash),
      ]
    }
    for (position, subnet) in network.subnets.enumerated() {
      request.subnets.append(try resolve(subnet, part: "ipam.config[\(position)]"))
    }
    try applyOptions(to: &request)
    return request
  }

  private func resolve(
    _ subnet: SubnetConfig, part: String
  ) throws(EngineError) -> NetworkRequest.Subnet {
    var result = NetworkRequest.Subnet()
    result.block = try parse(subnet.subnet, "\(part).subnet", "a subnet such as 10.1.0.0/24") {
      CIDR($0)
    }
    result.gateway = try parse(subnet.gateway, "\(part).gateway", "an address") { IPAddress($0) }
    result.range = try parse(subnet.range, "\(part).ip_range", "a subnet") { CIDR($0) }
    for entry in subnet.auxiliaryAddresses {
      result.reserved[entry.key] = try parse(
        entry.value, "\(part).aux_addresses.\(entry.key)", "an address"
      ) { IPAddress($0) }
    }
    return result
  }

  private func parse<Value>(
    _ text: String?, _ part: String, _ kind: String, _ read: (String) -> Value?
  ) throws(EngineError) -> Value? {
    guard let text else { return nil }
    if let value = read(text) { return value }
    throw EngineError(network.source.diagnostic(.error, "\(text) is not \(kind)", part: part))
  }

  private func applyOptions(to request: inout NetworkRequest) throws(EngineError) {
    for option in network.driverOptions {
      let part = "driver_opts.\(option.key)"
      switch option.key {
      case Self.prefix + "driver.mtu":
        request.mtu = try parse(option.value, part, "a packet size") { UInt32($0) }
      case Self.prefix + "bridge.name": request.bridgeName = option.value
      case Self.prefix + "bridge.enable_icc":
        request.interContainer = try parse(option.value, part, "true or false", Self.flag) ?? true
      case Self.prefix + "bridge.enable_ip_masquerade":
        request.masquerade = try parse(option.value, part, "true or false", Self.flag) ?? true
      case Self.prefix + "bridge.host_binding_ipv4":
        request.hostBinding = try parse(option.value, part, "an address") { IPAddress($0) }
      default: continue
      }
    }
  }

  private static func flag(_ text: String) -> Bool? {
    ["true": true, "1": true, "false": false, "0": false][text.lowercased()]
  }
}
