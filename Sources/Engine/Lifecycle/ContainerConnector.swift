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
  ///
  /// - Parameter isHeldBack: true for one that nobody finds by a name or a port until it has taken
  ///   the place of another one.
  func connect(
    _ record: ContainerRecord, isHeldBack: Bool = false
  ) throws(EngineError) -> NetworkState {
    var state = NetworkState()
    let containerLayout = context.layout.container(record.id)
    // The spec says in which user namespace the container runs: the network must belong to it.
    let namespaces = ContainerSpec.readIfUsable(containerLayout.spec)?.namespaces ?? Namespaces()
    let ids = try IDAssignment(context).assign(record.id, namespaces)
    guard record.networking.hasOwnNamespace else { return state }
    if record.networking.mode == .networks { state.endpoints = try endpoints(of: record) }
    let (endpoints, container) = (state.endpoints, record.id)
    try networking { () throws(NetworkError) in
      try context.manager.makeConnection(
        container, endpoints, users: namespaces.user == .private ? ids : nil)
      if !isHeldBack { try context.manager.register(endpoints) }
    }
    if !isHeldBack, !record.networking.ports.isEmpty {
      state.ports = try publish(record, state.endpoints)
    }
    try writingState { () throws(SyscallError) in
      try state.write(containerLayout)
    }
    return state
  }

  /// Brings the networks of a container that is connected in line with its record, while its program
  /// runs. Returns what it has then; nil when it is not connected.
  func reconnect(_ record: ContainerRecord) throws(EngineError) -> NetworkState? {
    let containerLayout = context.layout.container(record.id)
    guard record.networking.mode == .networks, let before = NetworkState.read(context, record.id)
    else { return nil }
    let namespaces = ContainerSpec.readIfUsable(containerLayout.spec)?.namespaces ?? Namespaces()
    let ids = try IDAssignment(context).assign(record.id, namespaces)
    var state = before
    state.endpoints = try endpoints(of: record, keeping: before.endpoints)
    let (endpoints, container) = (state.endpoints, record.id)
    try networking { () throws(NetworkError) in
      try context.manager.reconnect(
        container, from: before.endpoints, to: endpoints,
        users: namespaces.user == .private ? ids : nil)
    }
    try republish(record, &state)
    try writingState { () throws(SyscallError) in try state.write(containerLayout) }
    return state
  }

  /// Has the published ports of a container lead to the addresses that it has now.
  private func republish(
    _ record: ContainerRecord, _ state: inout NetworkState
  ) throws(EngineError) {
    let addresses = PublishedPort.reachableAddresses(of: state.endpoints)
    let before = state.ports
    if addresses.isEmpty {
      state.ports = []
    } else if before.isEmpty {
      guard !record.networking.ports.isEmpty else { return }
      state.ports = try publish(record, state.endpoints)
      return
    }
    for index in state.ports.indices { state.ports[index].containerAddresses = addresses }
    let (id, ports, owner) = (record.id, state.ports, record.ownerText)
    guard ports != before else { return }
    try networking { () throws(NetworkError) in
      try context.manager.publish(id, ports, owner: owner)
    }
  }

  /// Takes a container off its networks; its addresses stay its own until it is removed.
  func disconnect(_ id: ObjectID) throws(EngineError) {
    try networking { () throws(NetworkError) in try context.manager.disconnect(id) }
    try explaining("disconnect container \(id.short)") { () throws(SyscallError) in
      try Files.removeIfPresent(context.layout.container(id).networkState)
    }
  }

  /// Gives the addresses of a container back. A command that was killed while it came to a network,
  /// or left one, may have left some in one that the record does not name.
  func release(_ record: ContainerRecord) throws(EngineError) {
    let named = record.networking.attachments.map(\.network)
    for name in named { try context.requireUsableNetwork(name) }
    try networking { () throws(NetworkError) in
      let others = try context.networks.names().filter { !named.contains($0) }
      for name in named + others {
        guard let network = context.network(name) else { continue }
        try context.networks.leases(of: network).release(record.id)
      }
    }
  }

  // MARK: Addresses

  /// The ends of a container on its networks, with addresses.
  ///
  /// - Parameter kept: ends that are there and stay as they are, but for the default route.
  private func endpoints(
    of record: ContainerRecord, keeping kept: [EndpointConfiguration] = []
  ) throws(EngineError) -> [EndpointConfiguration] {
    let attachments = record.networking.attachments
    let routes = [IPAddress.Family.ipv4, .ipv6].map { family in
      Self.defaultRoute(among: attachments, family: family) { self.context.network($0) }
    }
    var endpoints: [EndpointConfiguration] = []
    var names = InterfaceNames(
      taken: attachments.compactMap(\.interfaceName) + kept.map(\.interfaceName))
    for (position, attachment) in attachments.enumerated() {
      guard let network = context.network(attachment.network) else {
        throw EngineError(
          "network \(attachment.network) of container \(record.name) does not exist",
          hint: "`roost up` makes it anew")
      }
      let known = kept.first { $0.network.id == network.id }
      var endpoint =
        if let known { known } else {
          try endpoint(attachment, network, of: record) { names.next(network.interfacePrefix) }
        }
      // A container without IPv4 is reached, and reaches out, by IPv6 alone.
      endpoint.isDefaultRoute = position == routes[0] ?? routes[1]
      endpoint.isIPv6DefaultRoute = position == routes[1]
      endpoints.append(endpoint)
    }
    return endpoints
  }

  private func endpoint(
    _ attachment: ContainerNetworking.Attachment, _ network: NetworkRecord,
    of record: ContainerRecord, name: () -> String
  ) throws(EngineError) -> EndpointConfiguration {
    let addresses = try lease(attachment, on: network, for: record.id)
    // What is wrong with them was said when the container was made, or connected.
    let options = try? EndpointOptions(attachment.driverOptions)
    let interface = attachment.interfaceName ?? options?.interfaceName ?? name()
    let mac = attachment.macAddress ?? options?.macAddress
    var endpoint = EndpointConfiguration(
      network: network, container: record.id, containerName: record.name,
      aliases: attachment.aliases, interfaceName: interface, addresses: addresses,
      hardwareAddress: mac.flatMap { HardwareAddress($0) })
    endpoint.hostNames = record.networking.hostNames.filter { $0 != record.id.short }
    endpoint.linkLocalAddresses = attachment.linkLocalAddresses.compactMap { IPAddress($0) }
    endpoint.sysctls = options?.sysctls(of: interface) ?? [:]
    return endpoint
  }

  /// Takes the addresses of an end on a network; those that the container has already it keeps.
  func lease(
    _ attachment: ContainerNetworking.Attachment, on network: NetworkRecord, for id: ObjectID
  ) throws(EngineError) -> [IPAddress] {
    let wanted = attachment.addresses.compactMap { IPAddress($0) }
    return try networking { () throws(NetworkError) in
      try context.networks.leases(of: network).lease(id, requested: wanted)
    }
  }

  /// Which attachment has the default route of a family: of the networks that have the family the
  /// highest priority, then the first by name; one without a way out only when there is no other.
  ///
  /// Source: `getGatewayEndpoint` of Docker's libnetwork, which chooses for each family.
  static func defaultRoute(
    among attachments: [ContainerNetworking.Attachment], family: IPAddress.Family,
    network: (String) -> NetworkRecord?
  ) -> Int? {
    let networks = attachments.map { network($0.network) }
    let candidates = attachments.indices.filter { position in
      networks[position]?.subnets.contains { $0.block.family == family } ?? false
    }
    return candidates.min { left, right in
      let (first, second) = (attachments[left], attachments[right])
      let (closed, open) = (
        networks[left]?.isInternal ?? false, networks[right]?.isInternal ?? false
      )
      if closed != open { return !closed }
      return (second.gatewayPriority, first.network) < (first.gatewayPriority, second.network)
    }
  }

  // MARK: Taking over

  /// Gives a container the names and published ports of the one whose place it takes. Who uses ports
  /// of the machine's choice finds it at the same ones.
  func takeOver(_ record: ContainerRecord, from former: ContainerRecord) throws(EngineError) {
    guard var state = NetworkState.read(context, record.id) else { return }
    for index in state.endpoints.indices { state.endpoints[index].containerName = record.name }
    let before = NetworkState.read(context, former.id)?.ports ?? []
    let endpoints = state.endpoints
    let outcome = portLock.withLock { _ -> Result<[PublishedPort], EngineError> in
      do throws(EngineError) {
        let ports = try assign(record, endpoints, from: (former.id, before))
        try networking { () throws(NetworkError) in
          try context.manager.handOver(
            from: former.id, to: record.id, endpoints, ports: ports, owner: record.ownerText)
        }
        return .success(ports)
      } catch {
        return .failure(error)
      }
    }
    state.ports = try outcome.get()
    try writingState { [state] () throws(SyscallError) in
      try state.write(context.layout.container(record.id))
    }
    // It takes the sockets that hold the ports from the other one.
    try supervisor.refresh([record.id])
  }

  /// Has others find a connected container by the name that it has now.
  func rename(_ record: ContainerRecord) throws(EngineError) {
    guard var state = NetworkState.read(context, record.id) else { return }
    for index in state.endpoints.indices { state.endpoints[index].containerName = record.name }
    let endpoints = state.endpoints
    try networking { () throws(NetworkError) in try context.manager.register(endpoints) }
    try writingState { [state] () throws(SyscallError) in
      try state.write(context.layout.container(record.id))
    }
  }

  /// Takes names and published ports from a container that runs.
  func withdraw(_ record: ContainerRecord) throws(EngineError) {
    try networking { () throws(NetworkError) in
      try context.manager.handOver(from: record.id, to: nil, [], ports: [], owner: "")
    }
  }

  /// Gives a container that runs the names and ports back that it had when it was connected.
  func restore(_ record: ContainerRecord) throws(EngineError) {
    guard let state = NetworkState.read(context, record.id) else { return }
    try networking { () throws(NetworkError) in
      try context.manager.register(state.endpoints)
      try context.manager.publish(record.id, state.ports, owner: record.ownerText)
    }
    try supervisor.refresh([record.id])
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
    _ record: ContainerRecord, _ endpoints: [EndpointConfiguration],
    from former: (id: ObjectID, ports: [PublishedPort])? = nil
  ) throws(EngineError) -> [PublishedPort] {
    var free = former?.ports ?? []
    let allocator = PortAllocator(context.layout)
    let addresses = PublishedPort.reachableAddresses(of: endpoints)
    // Nobody comes to a container of internal networks, or of those beside this host.
    guard !addresses.isEmpty else { return [] }
    var ports: [PublishedPort] = []
    for mapping in record.networking.ports {
      var port = PublishedPort(
        hostAddress: mapping.hostIP.flatMap { IPAddress($0) } ?? Self.binding(of: endpoints),
        hostPort: 0, containerPort: mapping.target,
        transport: TransportProtocol(rawValue: mapping.protocol.rawValue) ?? .tcp,
        containerAddresses: addresses)
      let taken = Set(ports.filter { $0.transport == port.transport }.map(\.hostPort))
      let supervisor = supervisor.process?.pid
      if let index = free.firstIndex(where: { mapping.published.mayBe($0, of: port) }) {
        port.hostPort = free.remove(at: index).hostPort
        ports.append(port)
        continue
      }
      do throws(NetworkError) {
        switch mapping.published {
        case .range(let range) where range.count == 1:
          port.hostPort = range.lowerBound
          try allocator.check(
            port, for: record.id, former: former?.id, supervisor: supervisor)
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

extension PortMapping.Published {
  /// True when a port that a former container had can be that of `port`, whose number is open: who
  /// uses it finds the successor there.
  fileprivate func mayBe(_ former: PublishedPort, of port: PublishedPort) -> Bool {
    guard former.hostAddress == port.hostAddress, former.transport == port.transport,
      former.containerPort == port.containerPort
    else { return false }
    return switch self {
    case .ephemeral: true
    case .range(let range): range.contains(former.hostPort)
    }
  }
}

/// The names `eth0`, `eth1` and so on, without those that the user gave.
struct InterfaceNames {
  private let taken: Set<String>
  private var numbers: [String: Int] = [:]

  init(taken: [String]) { self.taken = Set(taken) }

  mutating func next(_ prefix: String = "eth") -> String {
    while true {
      let name = "\(prefix)\(numbers[prefix] ?? 0)"
      numbers[prefix, default: 0] += 1
      if !taken.contains(name) { return name }
    }
  }
}
