import Model

/// A network of the file.
package struct Network: Sendable {
  /// The key of the file.
  package var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  package var name: String
  /// Where it stands in the file.
  package var source: SourceMap
  /// True when it is made and removed by others.
  package var isExternal: Bool
  /// The driver: `bridge` or another.
  package var driver: String
  /// Options for the driver.
  package var driverOptions: OrderedMap<String>
  /// The driver of address management; `default` or another.
  package var ipamDriver: String
  /// Options of address management.
  package var ipamOptions: OrderedMap<String>
  /// The subnets; empty means that the engine chooses.
  package var subnets: [SubnetConfig]
  /// True when there is no way out.
  package var isInternal: Bool
  /// True when containers outside the project may join.
  package var isAttachable: Bool
  /// False when it has no IPv4 addresses.
  package var enableIPv4: Bool
  /// True when it has IPv6 addresses.
  package var enableIPv6: Bool
  /// Its labels.
  package var labels: OrderedMap<String>
  /// Its part of the canonical file: what is hashed to see whether the network is out of date.
  package var configuration: Configuration

  /// Makes a bridge network.
  package init(key: String, name: String) {
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
  package static let defaultDriver = "bridge"
}

/// A subnet of a network.
package struct SubnetConfig: Sendable, Hashable {
  /// The subnet in CIDR form; nil lets the engine choose.
  package var subnet: String?
  /// The part of the subnet that addresses are given from.
  package var range: String?
  /// The gateway's address; nil means the first one.
  package var gateway: String?
  /// Addresses that are never given, by a name for each.
  package var auxiliaryAddresses: OrderedMap<String>

  /// Makes a subnet.
  package init(subnet: String?, range: String? = nil, gateway: String? = nil) {
    self.subnet = subnet
    self.range = range
    self.gateway = gateway
    auxiliaryAddresses = [:]
  }
}

/// A named volume of the file.
package struct Volume: Sendable {
  /// The key of the file.
  package var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  package var name: String
  /// Where it stands in the file.
  package var source: SourceMap
  /// True when it is made and removed by others.
  package var isExternal: Bool
  /// The driver: `local` or another.
  package var driver: String
  /// Options for the driver, such as `type`, `o` and `device`.
  package var driverOptions: OrderedMap<String>
  /// Its labels.
  package var labels: OrderedMap<String>
  /// Its part of the canonical file: what is hashed to see whether the volume is out of date.
  package var configuration: Configuration

  /// Makes a local volume.
  package init(key: String, name: String) {
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
  package static let defaultDriver = "local"
}

/// A secret or config of the file.
package struct FileObject: Sendable {
  /// Where its bytes come from.
  package enum Content: Sendable, Hashable {
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
  package var key: String
  /// The full name: `<project>_<key>`, or as the file says.
  package var name: String
  /// Where it stands in the file.
  package var source: SourceMap
  /// Where its bytes come from.
  package var content: Content
  /// The value of its variable as the files that declare it see it; nil where these see what the
  /// project sees.
  package var includedValue: String?
  /// Its labels.
  package var labels: OrderedMap<String>

  /// Makes a secret or config.
  package init(key: String, name: String, content: Content) {
    self.key = key
    self.name = name
    source = SourceMap()
    self.content = content
    labels = [:]
  }
}
