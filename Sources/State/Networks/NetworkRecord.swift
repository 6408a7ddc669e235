import Model

/// A network as it is kept on disk (`network.json`): a bridge or the link that takes its place, its
/// subnets and how it behaves.
///
/// A record never changes after the network was made; another configuration is another network.
package struct NetworkRecord: Sendable, Hashable {
  /// One block of addresses of a network.
  package struct Subnet: Sendable, Hashable {
    /// The block.
    package var block: CIDR
    /// The address of the bridge, which is the containers' gateway.
    package var gateway: IPAddress
    /// Where addresses are taken from when none is asked for; nil for the whole block.
    package var range: CIDR?
    /// Addresses that are never given out, by a name of the user's choice.
    package var reserved: [String: IPAddress]

    /// Describes a block; without `gateway` its first host address is the gateway.
    package init(
      _ block: CIDR, gateway: IPAddress? = nil, range: CIDR? = nil,
      reserved: [String: IPAddress] = [:]
    ) {
      self.block = block
      self.gateway = gateway ?? block[1]
      self.range = range
      self.reserved = reserved
    }
  }

  /// The full name, such as `shop_default`.
  package var name: String
  /// The identity.
  package var id: ObjectID
  /// The project that made it; nil for one made by hand.
  package var project: String?
  /// The key in that project's file.
  package var key: String?
  /// The driver.
  package var driver: String
  /// The options of the driver as the user wrote them.
  package var options: OrderedMap<String>
  /// True when the user said so: containers without a project may join, as they may anyway.
  package var isAttachable: Bool
  /// The blocks of addresses.
  package var subnets: [Subnet]
  /// True when nothing goes from this network to the outside or back.
  package var isInternal: Bool
  /// True when the containers get IPv6 addresses.
  package var enableIPv6: Bool
  /// The name of the bridge on the host; of the parent link for `macvlan` and `ipvlan`.
  package var bridgeName: String
  /// The largest packet, in bytes; nil for the kernel's default.
  package var mtu: UInt32?
  /// False when containers of this network do not reach each other but by published ports.
  package var interContainer: Bool
  /// True when outgoing packets get the host's address.
  package var masquerade: Bool
  /// The host address on which ports are published when none is named; nil for all.
  package var hostBinding: IPAddress?
  /// The user's and Compose's labels.
  package var labels: [(key: String, value: String)] {
    get { storedLabels.map { ($0.key, $0.value) } }
    set { storedLabels = newValue.map { Label(key: $0.key, value: $0.value) } }
  }
  /// When it was made.
  package var created: Timestamp
  /// A digest of what the user configured, to see whether it changed.
  package var configHash: String

  private struct Label: Sendable, Hashable {
    var key: String
    var value: String
  }
  private var storedLabels: [Label] = []

  /// Makes a record; the name of the bridge follows from the identity.
  package init(
    name: String, id: ObjectID, project: String? = nil, key: String? = nil,
    driver: String = "bridge", options: OrderedMap<String> = [:], isAttachable: Bool = false,
    subnets: [Subnet], isInternal: Bool = false,
    enableIPv6: Bool = false, bridgeName: String? = nil, mtu: UInt32? = nil,
    interContainer: Bool = true, masquerade: Bool = true, hostBinding: IPAddress? = nil,
    labels: [(key: String, value: String)] = [], created: Timestamp, configHash: String = ""
  ) {
    self.name = name
    self.id = id
    self.project = project
    self.key = key
    self.driver = driver
    self.options = options
    self.isAttachable = isAttachable
    self.subnets = subnets
    self.isInternal = isInternal
    self.enableIPv6 = enableIPv6
    self.bridgeName = bridgeName ?? Self.bridgeName(for: id)
    self.mtu = mtu
    self.interContainer = interContainer
    self.masquerade = masquerade
    self.hostBinding = hostBinding
    self.created = created
    self.configHash = configHash
    self.labels = labels
  }

  /// What the names of all our bridges begin with.
  package static let bridgePrefix = "rst-"

  /// The name of the bridge of a network: it tells whose bridge it is, and is short enough.
  package static func bridgeName(for id: ObjectID) -> String { bridgePrefix + id.hex.prefix(8) }

  /// The group of the bridge and of the containers' links to it, by which all of them go at once.
  package var linkGroup: UInt32 {
    // The upper half: people who number groups by hand begin below.
    0x8000_0000 | (UInt32(id.hex.prefix(8), radix: 16) ?? 0)
  }

  /// The addresses of the bridge.
  package var gateways: [IPAddress] { subnets.map(\.gateway) }
}
