import Model

extension ContainerNetworking {
  /// The wishes as they stand in `container.json`.
  package var json: JSON {
    var object = JSONObject([("mode", .string(mode.text))])
    object.set("attachments", .array(attachments.map(\.json)))
    object.set("ports", .array(ports.map(\.json)))
    object.set("exposed", .array(exposed.map(\.json)))
    object.set("hostname", .string(hostname))
    object.set("domainName", .string(domainName))
    object.set("extraHosts", .array(extraHosts.map { .strings([$0.name, $0.address]) }))
    object.set("links", .array(links.map { .strings([$0.alias, $0.target]) }))
    object.set("dns", .strings(dns))
    object.set("dnsSearch", .strings(dnsSearch))
    object.set("dnsOptions", .strings(dnsOptions))
    return .object(object)
  }

  /// Reads the wishes; what is missing keeps its default.
  package init(json: JSON) {
    mode = Mode(text: json.text("mode"))
    attachments = json["attachments"]?.arrayValue?.map { Attachment(json: $0) } ?? []
    ports = json["ports"]?.arrayValue?.compactMap { PortMapping(json: $0) } ?? []
    exposed = json["exposed"]?.arrayValue?.compactMap { ExposedPort(json: $0) } ?? []
    hostname = json.text("hostname")
    domainName = json.text("domainName")
    extraHosts = Self.pairs(json["extraHosts"]).map { ExtraHost(name: $0, address: $1) }
    links = Self.pairs(json["links"]).map { Link(target: $1, alias: $0) }
    dns = json.strings("dns")
    dnsSearch = json.strings("dnsSearch")
    dnsOptions = json.strings("dnsOptions")
  }

  private static func pairs(_ json: JSON?) -> [(String, String)] {
    json?.arrayValue?.compactMap { pair in
      let texts = pair.arrayValue?.compactMap(\.stringValue) ?? []
      return texts.count == 2 ? (texts[0], texts[1]) : nil
    } ?? []
  }
}

extension ContainerNetworking.Mode {
  package var text: String {
    switch self {
    case .networks: "networks"
    case .none: "none"
    case .host: "host"
    case .container(let id): "container:\(id.hex)"
    }
  }

  package init(text: String) {
    switch text {
    case "none": self = .none
    case "host": self = .host
    default:
      let id = ObjectID(text.dropFirst("container:".count))
      self = id.map { .container($0) } ?? .networks
    }
  }
}

extension ContainerNetworking.Attachment {
  package var json: JSON {
    var object = JSONObject([("network", .string(network))])
    object.set("aliases", .strings(aliases))
    object.set("addresses", .strings(addresses))
    object.set("macAddress", macAddress.map(JSON.string))
    object.set("interfaceName", interfaceName.map(JSON.string))
    if gatewayPriority != 0 { object["gatewayPriority"] = .integer(Int64(gatewayPriority)) }
    return .object(object)
  }

  package init(json: JSON) {
    self.init(
      network: json.text("network"), aliases: json.strings("aliases"),
      addresses: json.strings("addresses"), macAddress: json["macAddress"]?.stringValue,
      interfaceName: json["interfaceName"]?.stringValue,
      gatewayPriority: json.integer("gatewayPriority") ?? 0)
  }
}

extension PortMapping {
  package var json: JSON {
    var object = JSONObject([
      ("target", .integer(Int64(target))), ("protocol", .string(self.protocol.rawValue)),
    ])
    if case .range(let range) = published {
      object["first"] = .integer(Int64(range.lowerBound))
      object["last"] = .integer(Int64(range.upperBound))
    }
    object.set("hostIP", hostIP.map(JSON.string))
    return .object(object)
  }

  package init?(json: JSON) {
    guard let target: UInt16 = json.integer("target"),
      let transport = PortProtocol(rawValue: json.text("protocol"))
    else { return nil }
    self.init(target: target, hostIP: json["hostIP"]?.stringValue, protocol: transport)
    if let first: UInt16 = json.integer("first"), let last: UInt16 = json.integer("last"),
      first <= last
    {
      published = .range(first...last)
    }
  }
}

extension ExposedPort {
  package var json: JSON {
    [
      "first": .integer(Int64(ports.lowerBound)), "last": .integer(Int64(ports.upperBound)),
      "protocol": .string(self.protocol.rawValue),
    ]
  }

  package init?(json: JSON) {
    guard let first: UInt16 = json.integer("first"), let last: UInt16 = json.integer("last"),
      first <= last, let transport = PortProtocol(rawValue: json.text("protocol"))
    else { return nil }
    self.init(ports: first...last, protocol: transport)
  }
}
