import Model

/// A network of the file.
public struct Network: Sendable {
  /// The key of the file.
  public var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  public var name: String
  /// Where it stands in the file.
  public var source: SourceMap
  /// True when it is made and removed by others.
  public var isExternal: Bool
  /// The driver: `bridge` or another.
  public var driver: String
  /// Options for the driver.
  public var driverOptions: OrderedMap<String>
  /// The driver of address management; `default` or another.
  public var ipamDriver: String
  /// Options of address management.
  public var ipamOptions: OrderedMap<String>
  /// The subnets; empty means that the engine chooses.
  public var subnets: [SubnetConfig]
  /// True when there is no way out.
  public var isInternal: Bool
  /// True when containers outside the project may join.
  public var isAttachable: Bool
  /// False when it has no IPv4 addresses.
  public var enableIPv4: Bool
  /// True when it has IPv6 addresses.
  public var enableIPv6: Bool
  /// Its labels.
  public var labels: OrderedMap<String>
  /// Its part of the canonical file: what is hashed to see whether the network is out of date.
  public var configuration: Configuration

  /// Makes a bridge network.
  public init(key: String, name: String) {
    self.key = key
    self.name = name
    source = SourceMap()
    isExternal = false
    driver = Self.defaultDriver
    driverOptions = [:]
    ipamDriver = "default"
    ipamOptions = [:]
    subnets = []
    isInternal = false
    isAttachable = false
    enableIPv4 = true
    enableIPv6 = false
    labels = [:]
    configuration = Configuration(.null)
  }

  /// The driver when the file names none.
  public static let defaultDriver = "bridge"
}

/// A subnet of a network.
public struct SubnetConfig: Sendable, Hashable {
  /// The subnet in CIDR form; nil lets the engine choose.
  public var subnet: String?
  /// The part of the subnet that addresses are given from.
  public var range: String?
  /// The gateway's address; nil means the first one.
  public var gateway: String?
  /// Addresses that are never given, by a name for each.
  public var auxiliaryAddresses: OrderedMap<String>

  /// Makes a subnet.
  public init(subnet: String?, range: String? = nil, gateway: String? = nil) {
    self.subnet = subnet
    self.range = range
    self.gateway = gateway
    auxiliaryAddresses = [:]
  }
}

/// A named volume of the file.
public struct Volume: Sendable {
  /// The key of the file.
  public var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  public var name: String
  /// Where it stands in the file.
  public var source: SourceMap
  /// True when it is made and removed by others.
  public var isExternal: Bool
  /// The driver: `local` or another.
  public var driver: String
  /// Options for the driver, such as `type`, `o` and `device`.
  public var driverOptions: OrderedMap<String>
  /// Its labels.
  public var labels: OrderedMap<String>
  /// Its part of the canonical file: what is hashed to see whether the volume is out of date.
  public var configuration: Configuration

  /// Makes a local volume.
  public init(key: String, name: String) {
    self.key = key
    self.name = name
    source = SourceMap()
    isExternal = false
    driver = Self.defaultDriver
    driverOptions = [:]
    labels = [:]
    configuration = Configuration(.null)
  }

  /// The driver when the file names none.
  public static let defaultDriver = "local"
}

/// A secret or config of the file.
public struct FileObject: Sendable {
  /// Where its bytes come from.
  public enum Content: Sendable, Hashable {
    /// A file of the host; absolute.
    case file(String)
    /// A variable of the project's environment, read when a container is made.
    case environment(String)
    /// The text itself; configs only.
    case inline(String)
    /// A store outside the project, by the object's name.
    case external
    /// A driver outside the engine.
    case driver(String)
  }

  /// The key of the file.
  public var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  public var name: String
  /// Where it stands in the file.
  public var source: SourceMap
  /// Where its bytes come from.
  public var content: Content
  /// Its labels.
  public var labels: OrderedMap<String>

  /// Makes a secret or config.
  public init(key: String, name: String, content: Content) {
    self.key = key
    self.name = name
    source = SourceMap()
    self.content = content
    labels = [:]
  }
}
