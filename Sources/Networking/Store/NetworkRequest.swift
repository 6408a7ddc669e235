import Model

/// What a user asks for when a network is made.
public struct NetworkRequest: Sendable {
  /// One block of addresses as it is asked for.
  public struct Subnet: Sendable, Hashable {
    /// The block; nil for one from the pool.
    public var block: CIDR?
    /// The address of the bridge; nil for the first of the block.
    public var gateway: IPAddress?
    /// Where addresses are taken from when none is asked for.
    public var range: CIDR?
    /// Addresses that are never given out, by name.
    public var reserved: [String: IPAddress]

    /// Describes a block.
    public init(
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
  public var name: String
  /// The project it belongs to.
  public var project: String?
  /// The key in that project's file.
  public var key: String?
  /// The driver.
  public var driver = "bridge"
  /// The blocks that are asked for.
  public var subnets: [Subnet] = []
  /// True for a network without a way out.
  public var isInternal = false
  /// False for a network of IPv6 only.
  public var enableIPv4 = true
  /// True when containers get IPv6 addresses.
  public var enableIPv6 = false
  /// The name of the bridge; nil for one that follows from the identity.
  public var bridgeName: String?
  /// The largest packet, in bytes.
  public var mtu: UInt32?
  /// False when containers do not reach each other.
  public var interContainer = true
  /// False when outgoing packets keep the container's address.
  public var masquerade = true
  /// The host address on which ports are published when none is named.
  public var hostBinding: IPAddress?
  /// The labels.
  public var labels: [(key: String, value: String)] = []
  /// A digest of the configuration.
  public var configHash = ""

  /// Asks for a network with defaults for everything else.
  public init(name: String) { self.name = name }
}
