import Model
import YAML

extension ServiceBinder {
  func bindNetwork(_ service: inout Service) {
    service.networkMode = networkMode()
    service.networks = reader.entries("networks").map(Self.attachment)
    service.ports = reader.elements("ports").compactMap(Self.port)
    service.expose = exposed()
    service.hostname = reader.text("hostname")
    service.domainName = reader.text("domainname")
    service.extraHosts = Self.extraHosts(reader)
    service.dns = reader.texts("dns")
    service.dnsSearch = reader.texts("dns_search")
    service.dnsOptions = reader.texts("dns_opt")
    service.macAddress = reader.text("mac_address")
  }

  private func networkMode() -> NetworkMode {
    guard let text = reader.text("network_mode") else { return .networks }
    if let (kind, name) = Self.reference(text) {
      return kind == "service" ? .service(name) : .container(name)
    }
    switch text {
    case "none": return .none
    case "host": return .host
    case "bridge", "default": return .bridge
    default: return .network(text)
    }
  }

  /// Reads `service:NAME` and `container:NAME`.
  static func reference(_ text: String) -> (kind: Substring, name: String)? {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[0] == "service" || parts[0] == "container" else { return nil }
    return (parts[0], String(parts[1]))
  }

  private static func attachment(_ entry: NamedReader) -> NetworkAttachment {
    let reader = entry.reader
    var attachment = NetworkAttachment(network: entry.key, aliases: reader.texts("aliases"))
    attachment.ipv4Address = reader.text("ipv4_address")
    attachment.ipv6Address = reader.text("ipv6_address")
    attachment.linkLocalAddresses = reader.texts("link_local_ips")
    attachment.priority = reader.integer("priority") ?? 0
    attachment.gatewayPriority = reader.integer("gw_priority") ?? 0
    attachment.macAddress = reader.text("mac_address")
    attachment.interfaceName = reader.text("interface_name")
    attachment.driverOptions = reader.map("driver_opts")
    return attachment
  }

  private static func port(_ reader: NodeReader) -> PortMapping? {
    let target: UInt16? = reader.readForRun("target") { (value) throws(UnitError) in
      guard let target = value.integerValue.flatMap({ UInt16(exactly: $0) }), target > 0 else {
        throw UnitError(
          "\(value.writtenText ?? value.kind) is not a port of the container",
          hint: "ports are numbers from 1 to 65535")
      }
      return target
    }
    guard let target else { return nil }
    var port = PortMapping(target: target, hostIP: reader.text("host_ip"))
    port.published = reader.readForRun("published", published) ?? .ephemeral
    port.protocol = reader.readForRun("protocol", transport) ?? .tcp
    port.mode = reader.text("mode") ?? port.mode
    port.name = reader.text("name")
    port.applicationProtocol = reader.text("app_protocol")
    return port
  }

  private static func published(_ value: Node) throws(UnitError) -> PortMapping.Published {
    let text = try NodeReader.text(value)
    if text.isEmpty || text == "0" { return .ephemeral }
    guard let range = PortSyntax.range(text), range.lowerBound > 0 else {
      throw UnitError(
        "\"\(text)\" is not a port of the host", hint: "ports are numbers from 1 to 65535")
    }
    return .range(range)
  }

  private static func transport(_ value: Node) throws(UnitError) -> PortProtocol {
    let text = try NodeReader.text(value)
    guard let transport = PortProtocol(rawValue: text.lowercased()) else {
      throw UnitError("\"\(text)\" is not a protocol of a port", hint: "use tcp, udp or sctp")
    }
    return transport
  }

  private func exposed() -> [ExposedPort] {
    reader.elements("expose").compactMap { element in
      element.readSelfForRun { (value) throws(UnitError) in
        let text = try NodeReader.text(value)
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let ports = parts.first.flatMap({ PortSyntax.range($0) }),
          let transport = PortProtocol(rawValue: parts.count == 2 ? parts[1].lowercased() : "tcp")
        else {
          throw UnitError(
            "\"\(text)\" is not a port of the container", hint: "write port[/protocol]")
        }
        return ExposedPort(ports: ports, protocol: transport)
      }
    }
  }

  static func extraHosts(_ reader: NodeReader) -> [ExtraHost] {
    reader.texts("extra_hosts").compactMap { text in
      let parts = text.split(separator: "=", maxSplits: 1)
      return parts.count == 2
        ? ExtraHost(name: String(parts[0]), address: String(parts[1])) : nil
    }
  }
}
