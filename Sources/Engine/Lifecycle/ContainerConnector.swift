import Compose
import Linux
import Model
import Networking
import Runtime
import State
import Synchronization

/// Gives a container its place on the networks before it starts, and takes it back after it ended.
final class ContainerConnector: Sendable {
  private let context: ContainerContext
  private let supervisor: SupervisorClient
  /// Free ports are looked for by one thread at a time, so that two never find the same.
  private let portLock = Mutex(())

  init(_ context: ContainerContext, _ supervisor: SupervisorClient) {
    self.context = context
    self.supervisor = supervisor
  }

  /// Connects a container and returns what it got.
  func connect(_ record: ContainerRecord) throws(EngineError) -> NetworkState {
    var state = NetworkState()
    let containerLayout = context.layout.container(record.id)
    // The spec says in which user namespace the container runs: the network must belong to it.
    let namespaces = ContainerSpec.readIfUsable(containerLayout.spec)?.namespaces ?? Namespaces()
    let ids = try IDAssignment(context).assign(record.id, namespaces)
    guard record.networking.hasOwnNamespace else { return state }
    if record.networking.mode == .networks { state.endpoints = try lease(record) }
    let (endpoints, container) = (state.endpoints, record.id)
    try networking { () throws(NetworkError) in
      try context.manager.connect(
        container, endpoints, users: namespaces.user == .private ? ids : nil)
    }
    if !record.networking.ports.isEmpty { state.ports = try publish(record, state.endpoints) }
    try writingState { () throws(SyscallError) in
      try state.write(containerLayout)
    }
    return state
  }

  /// Takes a container off its networks; its addresses stay its own until it is removed.
  func disconnect(_ id: ObjectID) throws(EngineError) {
    try networking { () throws(NetworkError) in try context.manager.disconnect(id) }
    try explaining("disconnect container \(id.short)") { () throws(SyscallError) in
      try Files.removeIfPresent(context.layout.container(id).networkState)
    }
  }

  /// Gives the addresses of a container back.
  func release(_ record: ContainerRecord) throws(EngineError) {
    for attachment in record.networking.attachments {
      try context.requireUsableNetwork(attachment.network)
      guard let network = context.network(attachment.network) else { continue }
      try networking { () throws(NetworkError) in
        try context.networks.leases(of: network).release(record.id)
      }
    }
  }

  // MARK: Addresses

  private func lease(_ record: ContainerRecord) throws(EngineError) -> [EndpointConfiguration] {
    let attachments = record.networking.attachments
    let route = Self.defaultRoute(among: attachments) {
      self.context.network($0)?.isInternal ?? false
    }
    var endpoints: [EndpointConfiguration] = []
    var names = InterfaceNames(taken: attachments.compactMap(\.interfaceName))
    for (position, attachment) in attachments.enumerated() {
      guard let network = context.network(attachment.network) else {
        throw EngineError(
          "network \(attachment.network) of container \(record.name) does not exist",
          hint: "`roost up` makes it anew")
      }
      let wanted = attachment.addresses.compactMap { IPAddress($0) }
      let addresses = try networking { () throws(NetworkError) in
        try context.networks.leases(of: network).lease(record.id, requested: wanted)
      }
      endpoints.append(
        EndpointConfiguration(
          network: network, container: record.id, containerName: record.name,
          aliases: attachment.aliases,
          interfaceName: attachment.interfaceName ?? names.next(), addresses: addresses,
          hardwareAddress: attachment.macAddress.flatMap { HardwareAddress($0) },
          isDefaultRoute: position == route))
    }
    return endpoints
  }

  /// Which attachment has the default route: the highest priority, then the first by name; a
  /// network without a way out only when there is no other.
  static func defaultRoute(
    among attachments: [ContainerNetworking.Attachment], isInternal: (String) -> Bool
  ) -> Int? {
    attachments.indices.min { left, right in
      let (first, second) = (attachments[left], attachments[right])
      let (closed, open) = (isInternal(first.network), isInternal(second.network))
      if closed != open { return !closed }
      return (second.gatewayPriority, first.network) < (first.gatewayPriority, second.network)
    }
  }

  // MARK: Ports

  private func publish(
    _ record: ContainerRecord, _ endpoints: [EndpointConfiguration]
  ) throws(EngineError) -> [PublishedPort] {
    let owner = record.ownerText
    let outcome = portLock.withLock { _ -> Result<[PublishedPort], EngineError> in
      do throws(EngineError) {
        let ports = try assign(record, endpoints)
        try networking { () throws(NetworkError) in
          try context.manager.publish(record.id, ports, owner: owner)
        }
        return .success(ports)
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private func assign(
    _ record: ContainerRecord, _ endpoints: [EndpointConfiguration]
  ) throws(EngineError) -> [PublishedPort] {
    let allocator = PortAllocator(context.layout)
    let addresses = PublishedPort.reachableAddresses(of: endpoints)
    var ports: [PublishedPort] = []
    for mapping in record.networking.ports {
      var port = PublishedPort(
        hostAddress: mapping.hostIP.flatMap { IPAddress($0) } ?? Self.binding(of: endpoints),
        hostPort: 0, containerPort: mapping.target,
        transport: TransportProtocol(rawValue: mapping.protocol.rawValue) ?? .tcp,
        containerAddresses: addresses)
      let taken = Set(ports.filter { $0.transport == port.transport }.map(\.hostPort))
      let supervisor = supervisor.process?.pid
      do throws(NetworkError) {
        switch mapping.published {
        case .range(let range) where range.count == 1:
          port.hostPort = range.lowerBound
          try allocator.check(port, for: record.id, supervisor: supervisor)
        case .range(let range):
          port.hostPort = try allocator.pick(
            hostAddress: port.hostAddress, transport: port.transport, in: range, reserved: taken)
        case .ephemeral:
          port.hostPort = try allocator.pick(
            hostAddress: port.hostAddress, transport: port.transport, reserved: taken)
        }
      } catch {
        throw EngineError(error)
      }
      ports.append(port)
    }
    return ports
  }

  /// The host address that the networks' options say ports are published on.
  private static func binding(of endpoints: [EndpointConfiguration]) -> IPAddress? {
    endpoints.lazy.compactMap(\.network.hostBinding).first
  }
}

/// The names `eth0`, `eth1` and so on, without those that the user gave.
struct InterfaceNames {
  private let taken: Set<String>
  private var number = 0

  init(taken: [String]) { self.taken = Set(taken) }

  mutating func next() -> String {
    while true {
      let name = "eth\(number)"
      number += 1
      if !taken.contains(name) { return name }
    }
  }
}
