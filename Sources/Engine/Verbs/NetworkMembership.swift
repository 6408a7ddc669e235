import Linux
import Model
import Networking
import Planning
import Runtime
import State

/// What is wished for the end of a container on a network, for `network connect`.
package struct ConnectOptions: Sendable, Hashable {
  /// Names by which others on the network find the container.
  package var aliases: [String] = []
  /// Its addresses, at most one of each family.
  package var addresses: [String] = []
  /// Further addresses, which hold on the link alone.
  package var linkLocalAddresses: [String] = []
  /// Other containers or services, under a name that this container alone knows.
  package var links: [Link] = []
  /// Options for the network's driver.
  package var driverOptions: OrderedMap<String> = [:]
  /// The network of the highest priority has the default route.
  package var gatewayPriority = 0

  /// Makes wishes for nothing special.
  package init() {}
}

extension Engine {
  /// Puts a container on a network, at once when it runs. It stays there until it is removed, or
  /// disconnected.
  package func connect(
    _ container: String, to network: String, _ options: ConnectOptions
  ) throws(EngineError) {
    try membership(container) { (change) throws(EngineError) in
      try change.connect(to: network, options)
    }
  }

  /// Takes a container off a network, at once when it runs.
  ///
  /// - Parameter force: true when a container that is not on the network is not an error.
  package func disconnect(
    _ container: String, from network: String, force: Bool
  ) throws(EngineError) {
    try membership(container) { (change) throws(EngineError) in
      try change.disconnect(from: network, force: force)
    }
  }

  private func membership(
    _ container: String, _ body: (inout MembershipChange) throws(EngineError) -> Void
  ) throws(EngineError) {
    try Engine.requireRoot()
    let found = try find(container: container)
    try withLocked(found) { (runner) throws(EngineError) in
      // Another command may have changed it while the lock was waited for.
      let record = try runner.context.containers.record(found.id) ?? found
      runner.context.remember(record)
      var change = MembershipChange(runner: runner, record: record)
      do throws(EngineError) {
        try body(&change)
        try runner.firewall.flush()
      } catch {
        throw runner.firewall.flush(after: error)
      }
    }
  }
}

/// One container that comes to a network, or leaves one. What is wanted is written down first: when
/// this is killed, the same command goes on from there, and the next start does too.
private struct MembershipChange {
  let runner: PlanRunner
  var record: ContainerRecord

  private var context: ContainerContext { runner.context }

  mutating func connect(
    to name: String, _ options: ConnectOptions
  ) throws(EngineError) {
    try requireOwnNetworks()
    let network = try network(name)
    let before = record
    if record.networking.attachments.contains(where: { $0.network == network.name }) {
      // A command that was killed in the middle is finished.
      let state = NetworkState.read(context, record.id)
      guard let state, !state.endpoints.contains(where: { $0.network.id == network.id }) else {
        throw EngineError(
          "container \(record.name) is on network \(network.name) already",
          hint: "take it off with `roost network disconnect` first to change how")
      }
    } else {
      try add(network, options)
    }
    do { try apply() } catch {
      record = before
      context.attempt { () throws(EngineError) in
        try write()
        try release(network)
        _ = try? runner.connector.reconnect(record)
      }
      throw error
    }
  }

  private mutating func add(
    _ network: NetworkRecord, _ options: ConnectOptions
  ) throws(EngineError) {
    var attachment = ContainerNetworking.Attachment(
      network: network.name, aliases: options.aliases, addresses: options.addresses,
      gatewayPriority: options.gatewayPriority)
    attachment.linkLocalAddresses = options.linkLocalAddresses
    attachment.driverOptions = options.driverOptions
    if !record.isStandalone, !record.isOneOff { attachment.aliases.insert(record.service, at: 0) }
    let problems = AttachmentCheck(attachment, network: network).problems
    for problem in problems where problem.isWarning {
      context.engine.progress.warn(Diagnostic(.warning, problem.message, hint: problem.hint))
    }
    let errors = problems.filter { !$0.isWarning }
    guard errors.isEmpty else {
      throw EngineError(errors.map { Diagnostic(.error, $0.message, hint: $0.hint) })
    }
    for link in options.links {
      guard context.linked(link.target) != nil else {
        throw EngineError("--link \(link.target): there is no such container")
      }
    }
    // Of an address that somebody has the user is told now, and not at the next start.
    _ = try runner.connector.lease(attachment, on: network, for: record.id)
    record.networking.attachments.append(attachment)
    record.networking.links += options.links
    try write()
  }

  mutating func disconnect(from name: String, force: Bool) throws(EngineError) {
    try requireOwnNetworks()
    let network = try network(name)
    let isLive =
      NetworkState.read(context, record.id)?.endpoints
      .contains { $0.network.id == network.id } ?? false
    let isMember = record.networking.attachments.contains { $0.network == network.name }
    let holds = try networking { () throws(NetworkError) in
      try context.networks.leases(of: network).all().contains { $0.container == record.id }
    }
    guard isLive || isMember || holds else {
      if force { return }
      let names = record.networking.attachments.map(\.network)
      throw EngineError(
        "container \(record.name) is not on network \(network.name)",
        hint: names.isEmpty ? nil : "it is on \(names.joined(separator: ", "))")
    }
    record.networking.attachments.removeAll { $0.network == network.name }
    try write()
    try apply()
    try release(network)
    guard network.name == NetworkingResolution.defaultBridge else { return }
    try runner.resources.removeUnusedDefaultBridge()
  }

  // MARK: Steps

  private func requireOwnNetworks() throws(EngineError) {
    let reason: String
    switch record.networking.mode {
    case .networks: return
    case .none: reason = "it has no network, as its mode `none` says"
    case .host: reason = "it has the network of the host"
    case .container(let owner):
      let name = try context.record(owner)?.name ?? owner.short
      reason = "it shares the network of container \(name)"
    }
    throw EngineError("container \(record.name) cannot be on networks of its own: \(reason)")
  }

  private func network(_ name: String) throws(EngineError) -> NetworkRecord {
    guard !["host", "none"].contains(name) else {
      throw EngineError(
        "\(name) is not a network that containers come to and leave",
        hint: "make the container with `network_mode: \(name)`, or `--network \(name)`")
    }
    if name == NetworkingResolution.defaultBridge { try runner.resources.createDefaultBridge() }
    return try context.engine.network(named: name, context)
  }

  private func write() throws(EngineError) {
    try context.containers.write(record)
    context.remember(record)
  }

  private func release(_ network: NetworkRecord) throws(EngineError) {
    guard !record.networking.attachments.contains(where: { $0.network == network.name }) else {
      return
    }
    let id = record.id
    try networking { () throws(NetworkError) in
      try context.networks.leases(of: network).release(id)
    }
  }

  /// Does to a container that is connected what its record says.
  private func apply() throws(EngineError) {
    guard let before = NetworkState.read(context, record.id) else { return }
    try runner.resources.ensureBridges(Set(record.networking.attachments.map(\.network)))
    guard let after = try runner.connector.reconnect(record) else { return }
    if after.ports != before.ports { runner.firewall.portsChanged() }
    try EtcFiles(context: context).update(record, from: before, to: after)
    // The container must not be found, nor find others, before the networks are shut off.
    try runner.firewall.ready()
    guard context.processes.status(record.id).process != nil else { return }
    try runner.supervisor.refresh([record.id])
  }
}
