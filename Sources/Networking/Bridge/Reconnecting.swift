import Glibc
import Linux
import Model
import Netlink
import State

extension NetworkManager {
  /// Changes the networks of a container that is connected, while its program runs: links that are
  /// not wanted any more go, new ones come, those of both stay as they are, and the default routes
  /// lead where they should. Names and addresses follow.
  ///
  /// Nothing to do is not an error, and what a killed command left half done is done again.
  package func reconnect(
    _ container: ObjectID, from before: [EndpointConfiguration],
    to after: [EndpointConfiguration], users: IDMap? = nil
  ) throws(NetworkError) {
    let containerLayout = layout.container(container)
    let change = ConnectionChange(container, from: before, to: after)
    do throws(SyscallError) {
      // Who starts the container next must not take the namespace for what the mark says.
      try Files.removeIfPresent(ConnectionPlan.mark(containerLayout))
      for endpoint in change.leaving {
        try NameRegistry.remove(layout, container: container, network: endpoint.network.id)
      }
    } catch {
      throw .system(error)
    }
    try change.carryOut(namespacePath: containerLayout.networkNamespace)
    try ConnectionPlan(container, after, users: users).noteDone(containerLayout)
    try register(after)
  }
}

/// The difference between two sets of networks of a container that runs.
struct ConnectionChange {
  let container: ObjectID
  let before: [EndpointConfiguration]
  let after: [EndpointConfiguration]

  init(
    _ container: ObjectID, from before: [EndpointConfiguration],
    to after: [EndpointConfiguration]
  ) {
    self.container = container
    self.before = before
    self.after = after
  }

  /// The ends that go.
  var leaving: [EndpointConfiguration] {
    before.filter { old in !after.contains { Self.isSameLink($0, old) } }
  }

  /// The ends that come.
  var joining: [EndpointConfiguration] {
    after.filter { new in !before.contains { Self.isSameLink($0, new) } }
  }

  private static func isSameLink(
    _ one: EndpointConfiguration, _ other: EndpointConfiguration
  ) -> Bool {
    one.network.id == other.network.id && one.interfaceName == other.interfaceName
      && one.addresses == other.addresses
  }

  /// The kinds of links that we make in containers: a program in one may have made others.
  private static let ownKinds: Set<String> = ["veth", "macvlan", "ipvlan"]

  func carryOut(namespacePath: String) throws(NetworkError) {
    let namespace: OwnedDescriptor
    let inside: NamespaceSockets
    do throws(SyscallError) {
      namespace = try Files.open(namespacePath, O_RDONLY)
      let speaksIPv6 = joining.contains { $0.network.enableIPv6 }
      inside = try NetworkNamespace.within(path: namespacePath) {
        () throws(SyscallError) -> NamespaceSockets in
        if speaksIPv6 { try NamespaceSettings.enableIPv6() }
        return NamespaceSockets(
          route: try NetlinkSocket(.route), netfilter: try NetlinkSocket(.netfilter))
      }
    } catch {
      throw .system(error)
    }
    do throws(NetlinkError) {
      let client = RouteClient(inside.route)
      for name in Set((leaving + joining).map(\.interfaceName)) {
        guard let link = try client.link(named: name), Self.ownKinds.contains(link.kind) else {
          continue
        }
        try client.deleteLink(name)
      }
      let host = try RouteClient()
      let plan = ConnectionPlan(container, joining, users: nil)
      try plan.makeHostLinks(host, namespace: namespace.raw)
      try configure(client)
      if before.isEmpty, !after.isEmpty {
        try DNSRedirect.reinstall(NetfilterClient(inside.netfilter))
      }
    } catch {
      throw .netlink(error)
    }
    try LinkSettings.apply(joining, namespacePath: namespacePath)
  }

  private func configure(_ inside: RouteClient) throws(NetlinkError) {
    var requests: [NetlinkRequest] = []
    for endpoint in joining {
      requests += endpoint.linkRequests(try ConnectionPlan.index(of: endpoint, inside))
    }
    let known = Set(before.filter { !leaving.contains($0) }.flatMap(\.defaultRoutes))
    for endpoint in after {
      // A default route that stays is not touched: a program may have changed it.
      let routes = endpoint.defaultRoutes.filter { !known.contains($0) }
      guard !routes.isEmpty else { continue }
      let index = try ConnectionPlan.index(of: endpoint, inside)
      requests += routes.map { $0.request(index, replacing: true) }
    }
    try inside.perform(requests)
  }
}

extension NamespaceSettings {
  /// Lets links that are made from here on speak IPv6, in the calling thread's namespace.
  static func enableIPv6() throws(SyscallError) {
    do throws(SyscallError) {
      try Files.overwrite("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0")
    } catch {
      // A kernel without IPv6 does not have the setting.
      guard error.errno == ENOENT else { throw error }
    }
  }
}

/// Kernel settings of single links of a container.
enum LinkSettings {
  /// Sets what the endpoints ask for, in the namespace held at a path.
  static func apply(
    _ endpoints: [EndpointConfiguration], namespacePath: String
  ) throws(NetworkError) {
    let settings = endpoints.flatMap(\.sysctls)
    guard !settings.isEmpty else { return }
    do throws(SyscallError) {
      try NetworkNamespace.within(path: namespacePath) { () throws(SyscallError) in
        for setting in settings {
          try Files.overwrite("/proc/sys/\(setting.key)", setting.value)
        }
      }
    } catch {
      throw .system(error)
    }
  }
}
