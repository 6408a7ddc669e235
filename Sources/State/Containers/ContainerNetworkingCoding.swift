import Model

extension ContainerNetworking: RecordMember {
  /// Reads the member `networking` of `container.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init()
    mode = try reader.optionalValue("mode", "a network mode") { Mode(text: $0) } ?? mode
    attachments = try reader.list("attachments")
    ports = try reader.list("ports")
    exposed = try reader.list("exposed")
    hostname = try reader.string("hostname", "")
    domainName = try reader.string("domainName", "")
    extraHosts = try reader.stringPairs("extraHosts").map { ExtraHost(name: $0, address: $1) }
    links = try reader.stringPairs("links").map { Link(target: $1, alias: $0) }
    dns = try reader.strings("dns")
    dnsSearch = try reader.strings("dnsSearch")
    dnsOptions = try reader.strings("dnsOptions")
  }

  /// Writes the member `networking` of `container.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("mode", mode.text)
    writer.set("attachments", attachments)
    writer.set("ports", ports)
    writer.set("exposed", exposed)
    writer.set("hostname", nonEmpty: hostname)
    writer.set("domainName", nonEmpty: domainName)
    writer.set("extraHosts", stringPairs: extraHosts.map { ($0.name, $0.address) })
    writer.set("links", stringPairs: links.map { ($0.alias, $0.target) })
    writer.set("dns", dns)
    writer.set("dnsSearch", dnsSearch)
    writer.set("dnsOptions", dnsOptions)
  }
}

extension ContainerNetworking.Mode {
  /// The mode as one word, such as `container:` and an id.
  package var text: String {
    switch self {
    case .networks: "networks"
    case .none: "none"
    case .host: "host"
    case .container(let id): "container:\(id.hex)"
    }
  }

  /// Reads the word; nil for one that is not known.
  package init?(text: String) {
    switch text {
    case "networks": self = .networks
    case "none": self = .none
    case "host": self = .host
    default:
      guard text.hasPrefix("container:"), let id = ObjectID(text.dropFirst("container:".count))
      else { return nil }
      self = .container(id)
    }
  }
}

extension ContainerNetworking.Attachment: RecordMember {
  /// Reads an element of `attachments`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      network: try reader.string("network"), aliases: try reader.strings("aliases"),
      addresses: try reader.strings("addresses"),
      macAddress: try reader.optionalString("macAddress"),
      interfaceName: try reader.optionalString("interfaceName"),
      gatewayPriority: try reader.integer("gatewayPriority", 0))
    linkLocalAddresses = try reader.strings("linkLocalAddresses")
    driverOptions = try reader.stringMap("driverOptions")
  }

  /// Writes an element of `attachments`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("network", network)
    writer.set("aliases", aliases)
    writer.set("addresses", addresses)
    writer.set("macAddress", macAddress)
    writer.set("interfaceName", interfaceName)
    if gatewayPriority != 0 { writer.set("gatewayPriority", gatewayPriority) }
    writer.set("linkLocalAddresses", linkLocalAddresses)
    writer.set("driverOptions", driverOptions)
  }
}

extension PortMapping: RecordMember {
  /// Reads an element of `ports`; one without a range has any free port.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      target: try reader.integer("target"), hostIP: try reader.optionalString("hostIP"),
      protocol: try reader.choice("protocol"))
    if reader.has("first") { published = .range(try reader.portRange()) }
  }

  /// Writes an element of `ports`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("target", target)
    writer.set("protocol", self.protocol.rawValue)
    if case .range(let range) = published {
      writer.set("first", range.lowerBound)
      writer.set("last", range.upperBound)
    }
    writer.set("hostIP", hostIP)
  }
}

extension ExposedPort: RecordMember {
  /// Reads an element of `exposed`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(ports: try reader.portRange(), protocol: try reader.choice("protocol"))
  }

  /// Writes an element of `exposed`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("first", ports.lowerBound)
    writer.set("last", ports.upperBound)
    writer.set("protocol", self.protocol.rawValue)
  }
}

extension RecordReader {
  /// The ports from `first` to `last`.
  fileprivate func portRange() throws(RecordError) -> ClosedRange<UInt16> {
    let first: UInt16 = try integer("first")
    let last: UInt16 = try integer("last")
    guard first <= last else { throw error("last", "must not be less than first") }
    return first...last
  }
}
