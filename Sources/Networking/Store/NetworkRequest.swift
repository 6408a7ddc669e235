import Model

/// What a user asks for when a network is made.
package struct NetworkRequest: Sendable {
  /// One block of addresses as it is asked for.
  package struct Subnet: Sendable, Hashable {
    /// The block; nil for one from the pool.
    package var block: CIDR?
    /// The address of the bridge; nil for the first of the block.
    package var gateway: IPAddress?
    /// Where addresses are taken from when none is asked for.
    package var range: CIDR?
    /// Addresses that are never given out, by name.
    package var reserved: [String: IPAddress]

    /// Describes a block.
    package init(
      block: CIDR? = nil, gateway: IPAddress? = nil, range: CIDR? = nil,
      reserved: [String: IPAddress] = [:]
    ) {
      self.block = block
      self.gateway = gateway
      self.range = range
      self.reserved = reserved
    }
  }

  /// The full name.
  package var name: String
  /// The project it belongs to.
  package var project: String?
  /// The key in that project's file.
  package var key: String?
  /// The driver.
  package var driver = "bridge"
  /// The options of the driver as the user wrote them.
  package var options: OrderedMap<String> = [:]
  /// What the user says of containers without a project.
  package var isAttachable = false
  /// The blocks that are asked for.
  package var subnets: [Subnet] = []
  /// True for a network without a way out.
  package var isInternal = false
  /// False for a network of IPv6 only.
  package var enableIPv4 = true
  /// True when containers get IPv6 addresses.
  package var enableIPv6 = false
  /// The name of the bridge; nil for one that follows from the identity.
  package var bridgeName: String?
  /// The largest packet, in bytes.
  package var mtu: UInt32?
  /// False when containers do not reach each other.
  package var interContainer = true
  /// False when outgoing packets keep the container's address.
  package var masquerade = true
  /// The host address on which ports are published when none is named.
  package var hostBinding: IPAddress?
  /// The labels.
  package var labels: [(key: String, value: String)] = []
  /// A digest of the configuration.
  package var configHash = ""

  /// Asks for a network with defaults for everything else.
  package init(name: String) { self.name = name }
}
