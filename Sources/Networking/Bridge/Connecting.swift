import Glibc
import Linux
import Model
import Netlink
import State

extension NetworkManager {
  /// Makes the network namespace of a container with a link to each network.
  ///
  /// The namespace is held at the container's `networkNamespace` until `disconnect`; it outlives
  /// restarts of the container. One that is there with the same endpoints is left as it is. No
  /// endpoints means `lo` alone.
  ///
  /// - Parameter users: when given, the namespace belongs to a new user namespace with these ids,
  ///   which is held at the container's `userNamespace`.
  package func connect(
    _ container: ObjectID, _ endpoints: [EndpointConfiguration],
    users: IDMap? = nil
  ) throws(NetworkError) {
    try makeConnection(container, endpoints, users: users)
    try register(endpoints)
  }

  /// As `connect`, but nobody finds the container by a name yet: `register` does that.
  package func makeConnection(
    _ container: ObjectID, _ endpoints: [EndpointConfiguration],
    users: IDMap? = nil
  ) throws(NetworkError) {
    let containerLayout = layout.container(container)
    let plan = ConnectionPlan(container, endpoints, users: users)
    if plan.isDone(containerLayout) { return }
    try disconnect(container)
    do throws(NetworkError) {
      let inside = try makeNamespace(plan, containerLayout)
      try plan.carryOut(inside, namespacePath: containerLayout.networkNamespace)
      try plan.noteDone(containerLayout)
    } catch {
      // Half a connection is worse than none; the first error is the one to report.
      try? disconnect(container)
      throw error
    }
  }

  /// Lets go of a container's network namespace and the user namespace that owns it, and forgets
  /// its names and published ports.
  ///
  /// Its links end a little later, with its last process. The rules for its ports go with the
  /// next `synchronizeFirewall`.
  package func disconnect(_ container: ObjectID) throws(NetworkError) {
    let containerLayout = layout.container(container)
    try removeLinksOnParents(containerLayout)
    do {
      try PortRegistry.remove(layout, container: container)
      try NameRegistry.remove(layout, container: container)
      try Files.removeIfPresent(ConnectionPlan.mark(containerLayout))
      try NetworkNamespace.remove(at: containerLayout.networkNamespace)
      try NetworkNamespace.remove(at: containerLayout.userNamespace)
    } catch {
      throw .system(error)
    }
  }

  // A link on a parent has its hardware address until it is gone, and a link with the same one cannot be
  // switched on beside it: the next one would come before the kernel has let go of this namespace.
  private func removeLinksOnParents(_ containerLayout: ContainerLayout) throws(NetworkError) {
    let path = containerLayout.networkNamespace
    guard let mark = try? Files.readIfPresent(ConnectionPlan.mark(containerLayout)) else { return }
    let names = EndpointConfiguration.linksOnParents(in: mark)
    guard !names.isEmpty, NetworkNamespace.exists(at: path) else { return }
    let socket: NetlinkSocket
    do throws(SyscallError) {
      socket = try NetworkNamespace.within(path: path) {
        () throws(SyscallError) in try NetlinkSocket(.route)
      }
    } catch {
      throw .system(error)
    }
    do throws(NetlinkError) {
      let client = RouteClient(socket)
      for name in names { try client.deleteLink(name) }
    } catch {
      throw .netlink(error)
    }
  }

  func makeNamespace(
    _ plan: ConnectionPlan, _ containerLayout: ContainerLayout
  ) throws(NetworkError) -> NamespaceSockets {
    let settings = NamespaceSettings(
      disablesIPv6: !plan.endpoints.isEmpty && !plan.usesIPv6, ids: plan.users ?? .identity)
    func configured() throws(SyscallError) -> NamespaceSockets {
      try NamespaceSockets.open(settings)
    }
    do throws(SyscallError) {
      try Files.makeDirectories(containerLayout.run, mode: 0o700)
      guard let users = plan.users else {
        return try NetworkNamespace.create(
          at: containerLayout.networkNamespace, running: configured)
      }
      try NetworkNamespace.create(
        at: containerLayout.networkNamespace, userNamespaceAt: containerLayout.userNamespace,
        ids: users)
      return try NetworkNamespace.within(path: containerLayout.networkNamespace, configured)
    } catch {
      throw Self.explained(error)
    }
  }

  /// Why the kernel refuses to make namespaces. Source: clone(2), user_namespaces(7).
  private static let refusals: [Int32: String] = [
    EPERM: "in a chroot, and in many containers, the kernel makes no user namespaces: run roost on "
      + "the host itself, or give the service `userns_mode: host`",
    ENOSPC: "the limits are in /proc/sys/user: raise max_user_namespaces and max_net_namespaces",
  ]

  static func explained(_ error: SyscallError) -> NetworkError {
    guard error.call == "clone", let hint = refusals[error.errno] else { return .system(error) }
    return .refused(
      Diagnostic(
        .error, "this host does not let roost make namespaces: \(error.reason)", hint: hint))
  }

  /// Has connected containers found by their names.
  package func register(_ endpoints: [EndpointConfiguration]) throws(NetworkError) {
    do {
      for endpoint in endpoints { try NameRegistry.add(layout, endpoint) }
    } catch {
      throw .system(error)
    }
  }
}

/// The links of one container and how they are made.
struct ConnectionPlan {
  let container: ObjectID
  let endpoints: [EndpointConfiguration]
  /// The ids of the user namespace that owns the network; nil when that is the host's.
  let users: IDMap?

  init(_ container: ObjectID, _ endpoints: [EndpointConfiguration], users: IDMap?) {
    self.container = container
    self.endpoints = endpoints
    self.users = users
  }

  /// The file that says how a namespace was configured.
  static func mark(_ containerLayout: ContainerLayout) -> String {
    "\(containerLayout.run)/netns.json"
  }

  private var description: [UInt8] {
    var object = JSONObject([
      ("userNamespace", .bool(users != nil)), ("endpoints", .array(endpoints.map(\.encoded))),
    ])
    // Version 0.1 knew no other map than the identity, and did not write it down.
    if let users, users != .identity { object["ids"] = .integer(Int64(users.start)) }
    return JSON.object(object).utf8()
  }

  /// True when the namespace is there, and was configured just so.
  func isDone(_ containerLayout: ContainerLayout) -> Bool {
    guard let done = try? Files.readIfPresent(Self.mark(containerLayout)), done == description
    else {
      return false
    }
    return NetworkNamespace.exists(at: containerLayout.networkNamespace)
      && NetworkNamespace.exists(at: containerLayout.userNamespace) == (users != nil)
  }

  func noteDone(_ containerLayout: ContainerLayout) throws(NetworkError) {
    do {
      try Files.writeAtomically(Self.mark(containerLayout), description)
    } catch {
      throw .system(error)
    }
  }

  /// True when a network of this container has IPv6 addresses.
  var usesIPv6: Bool { endpoints.contains { $0.network.enableIPv6 } }

  /// Makes the links in both namespaces.
  func carryOut(_ inside: NamespaceSockets, namespacePath: String) throws(NetworkError) {
    let namespace: OwnedDescriptor
    do { namespace = try Files.open(namespacePath, O_RDONLY) } catch { throw .system(error) }
    do throws(NetlinkError) {
      let host = try RouteClient()
      try makeHostLinks(host, namespace: namespace.raw)
      try configure(RouteClient(inside.route))
      if !endpoints.isEmpty { try DNSRedirect.install(NetfilterClient(inside.netfilter)) }
    } catch {
      throw .netlink(error)
    }
    try LinkSettings.apply(endpoints, namespacePath: namespacePath)
  }

  /// Makes the links of the endpoints on this side.
  func makeHostLinks(_ host: RouteClient, namespace: Int32) throws(NetlinkError) {
    var requests: [NetlinkRequest] = []
    var ports: [String] = []
    for endpoint in endpoints {
      guard let bridge = try host.link(named: endpoint.network.bridgeName) else {
        throw NetlinkError(
          purpose: "connect to network \(endpoint.network.name): "
            + "find the link \(endpoint.network.bridgeName)", errno: ENODEV)
      }
      if let mode = endpoint.network.parentLinkMode {
        requests.append(
          LinkRequest.create(
            LinkRequest.ParentLinkEnd(
              name: endpoint.interfaceName, parentIndex: bridge.index, namespace: namespace,
              hardwareAddress: endpoint.effectiveHardwareAddress.bytes,
              mtu: endpoint.network.mtu, mode: mode)))
        continue
      }
      let name = Self.hostLinkName(container)
      ports.append(name)
      requests.append(
        LinkRequest.createVeth(
          LinkRequest.VethPair(
            name: name, bridgeIndex: bridge.index, group: endpoint.network.linkGroup,
            peerName: endpoint.interfaceName,
            peerHardwareAddress: endpoint.effectiveHardwareAddress.bytes,
            peerNamespace: namespace, mtu: endpoint.network.mtu)))
      requests.append(
        LinkRequest.enablePort(
          name, alias: alias(endpoint), hairpin: true,
          isolated: !endpoint.network.interContainer))
    }
    try host.perform(requests)
    // The bridge leaves frames for 01:80:c2:00:00:0x to its port, and the host would read what is in
    // them: a router advertisement, for one. The packet filter guards against it, too.
    for port in ports {
      try? Files.overwrite("/proc/sys/net/ipv6/conf/\(port)/disable_ipv6", "1")
    }
  }

  /// A name that tells the container and has not been used before: the link of an earlier
  /// connection ends some time after its namespace.
  private static func hostLinkName(_ container: ObjectID) -> String {
    let unique = String(UInt32.random(in: 0...0xF_FFFF) + 0x10_0000, radix: 16).dropFirst()
    return "rv\(container.hex.prefix(8))\(unique)"
  }

  private func alias(_ endpoint: EndpointConfiguration) -> String {
    let text =
      "\(NetworkManager.aliasPrefix)container \(container.short) "
      + "\(endpoint.containerName) \(endpoint.interfaceName) on \(endpoint.network.name)"
    return String(decoding: text.utf8.prefix(255), as: UTF8.self)
  }

  /// Switches the links inside the namespace on and gives them addresses and routes.
  private func configure(_ inside: RouteClient) throws(NetlinkError) {
    var requests = LinkRequest.enable("lo", generatedIPv6: true)
    for endpoint in endpoints {
      let index = try Self.index(of: endpoint, inside)
      requests += endpoint.linkRequests(index)
      requests += endpoint.defaultRoutes.map { $0.request(index, replacing: false) }
    }
    try inside.perform(requests)
  }

  /// The index of an endpoint's link inside the namespace.
  static func index(
    of endpoint: EndpointConfiguration, _ inside: RouteClient
  ) throws(NetlinkError) -> UInt32 {
    let name = endpoint.interfaceName
    guard let link = try inside.link(named: name) else {
      throw NetlinkError(purpose: "find the link \(name) of the container", errno: ENODEV)
    }
    return link.index
  }
}

extension EndpointConfiguration {
  /// What switches the link inside the namespace on and gives it its addresses.
  func linkRequests(_ index: UInt32) -> [NetlinkRequest] {
    var requests = LinkRequest.enable(interfaceName, generatedIPv6: false)
    if network.enableIPv6 {
      requests.append(AddressRequest.addLinkLocal(effectiveHardwareAddress, linkIndex: index))
    }
    for address in addresses {
      guard let subnet = subnet(of: address) else { continue }
      requests.append(
        AddressRequest.add(
          address.bytes, prefixLength: UInt8(subnet.block.prefixLength), linkIndex: index))
    }
    // The prefixes of RFC 3927 and RFC 4291, as Docker gives such addresses.
    for address in linkLocalAddresses where address.family == .ipv4 || network.enableIPv6 {
      requests.append(
        AddressRequest.add(
          address.bytes, prefixLength: address.family == .ipv4 ? 16 : 64, linkIndex: index))
    }
    return requests
  }

  /// Where what no other route takes goes, at most one way for each family.
  var defaultRoutes: [DefaultRoute] {
    guard !network.isInternal else { return [] }
    var families: Set<IPAddress.Family> = []
    return addresses.compactMap { address in
      guard isDefaultRoute(address.family), families.insert(address.family).inserted,
        let gateway = subnet(of: address)?.gateway
      else { return nil }
      return DefaultRoute(
        family: address.family, gateway: network.routesByLink ? nil : gateway,
        interface: interfaceName)
    }
  }
}

/// A way out of a container.
struct DefaultRoute: Hashable {
  let family: IPAddress.Family
  /// The next hop; nil when the link itself is the way.
  let gateway: IPAddress?
  /// The link inside the container.
  let interface: String

  /// The route by the link's index.
  func request(_ index: UInt32, replacing: Bool) -> NetlinkRequest {
    guard let gateway else {
      return RouteRequest.addDefault(
        isIPv6: family == .ipv6, linkIndex: index, replacing: replacing)
    }
    return RouteRequest.addDefault(
      gateway: gateway.bytes, linkIndex: index, replacing: replacing)
  }
}

/// Sockets that belong to a container's namespace.
struct NamespaceSockets {
  let route: NetlinkSocket
  let netfilter: NetlinkSocket

  /// Opens the sockets on a thread that is in the namespace, and sets the kernel up there.
  static func open(_ settings: NamespaceSettings) throws(SyscallError) -> NamespaceSockets {
    try settings.apply()
    return NamespaceSockets(
      route: try NetlinkSocket(.route), netfilter: try NetlinkSocket(.netfilter))
  }
}

/// Kernel settings of a container's namespace, made before it has a link but `lo`: links are born
/// with them.
struct NamespaceSettings {
  /// True when no network of the container has IPv6: its links do not speak it either, `lo` does.
  let disablesIPv6: Bool
  /// The ids of the user namespace that owns the network.
  var ids = IDMap.identity

  /// As Docker has them: an application without privileges may use ports below 1024 and ping,
  /// inside its own namespace. The groups are the machine's here; all that the container has can be
  /// read inside.
  private var permissions: [(String, String)] {
    let groups = ids.hostIDs(0...UInt32(Int32.max)) ?? ids.hostIDs
    return [
      ("net/ipv4/ip_unprivileged_port_start", "0"),
      ("net/ipv4/ping_group_range", "\(groups.lowerBound) \(groups.upperBound)"),
    ]
  }

  /// No neighbour may give the container addresses and routes, by router advertisements or
  /// redirects. A link accepts IPv4 redirects when either `all` or its own setting says so.
  private static let restrictions = [
    ("net/ipv4/conf/all/accept_redirects", "0"),
    ("net/ipv4/conf/default/accept_redirects", "0"),
    ("net/ipv6/conf/default/accept_ra", "0"),
    ("net/ipv6/conf/default/autoconf", "0"),
    ("net/ipv6/conf/default/accept_redirects", "0"),
  ]

  /// Sets them for the calling thread's namespace.
  ///
  /// A kernel without IPv6 does not have its settings. A permission that cannot be given is no
  /// reason to fail either: the container works without.
  func apply() throws(SyscallError) {
    for (name, value) in permissions { try? Files.overwrite("/proc/sys/\(name)", value) }
    let further = disablesIPv6 ? [("net/ipv6/conf/default/disable_ipv6", "1")] : []
    for (name, value) in Self.restrictions + further {
      do throws(SyscallError) {
        try Files.overwrite("/proc/sys/\(name)", value)
      } catch {
        guard error.errno == ENOENT else { throw error }
      }
    }
  }
}
