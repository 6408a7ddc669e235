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
    var resolution = NetworkRequestResolution(network: network, project: project, hash: hash)
    let request = try resolution.request()
    do throws(NetworkError) {
      let record = try context.networks.create(request)
      context.forgetNetwork(network.name)
      do throws(NetworkError) {
        for warning in try context.manager.ensureBridge(record) {
          context.engine.progress.warn(warning)
        }
      } catch {
        unmake(record)
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

  /// Removes what there is of a network that could not be made. The error of the making is the one
  /// to tell; where the bridge cannot be removed, the record leads the next command to it.
  private func unmake(_ record: NetworkRecord) {
    context.attempt { () throws(EngineError) in
      try networking { () throws(NetworkError) in
        try context.manager.removeBridge(record)
        try context.networks.remove(record)
      }
    }
    context.forgetNetwork(record.name)
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
    try VolumeCheck(volume, record).check()
    try context.volumes.create(record)
  }
}
