import Model

/// What connects the containers of a network.
package enum NetworkDriver: String, Sendable, Hashable, CaseIterable {
  /// A bridge of this host, behind its address.
  case bridge
  /// Links beside those of the host on a link of it, each with a hardware address of its own.
  case macvlan
  /// The same with the hardware address of the host's link.
  case ipvlan

  /// The option that names the link of the host.
  package static let parentOption = "parent"
  /// How links of a macvlan see each other.
  package static let macvlanModeOption = "macvlan_mode"
  /// At which layer links of an ipvlan are told apart.
  package static let ipvlanModeOption = "ipvlan_mode"
  /// How links of an ipvlan see each other.
  package static let ipvlanFlagOption = "ipvlan_flag"
}

extension NetworkRecord {
  /// What connects the containers. What an older roost took as a name for a bridge is one.
  package var kind: NetworkDriver { NetworkDriver(rawValue: driver) ?? .bridge }

  /// The option that says how the names of the containers' links begin.
  package static let interfacePrefixOption = "com.docker.network.container_iface_prefix"

  /// How the names of the containers' links begin, before a number.
  package var interfacePrefix: String { options[Self.interfacePrefixOption] ?? "eth" }

  /// True when packets are told apart by their IP addresses alone, so that there is no gateway: what
  /// leaves goes out by the link.
  package var routesByLink: Bool {
    kind == .ipvlan && (options[NetworkDriver.ipvlanModeOption] ?? "l2") != "l2"
  }
}
