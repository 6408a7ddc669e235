import Model
import State

/// `NetworkSettings` of an inspected container: where it is reached.
struct InspectedNetworks {
  let inspection: ContainerInspection

  private var record: ContainerRecord { inspection.record }

  var json: JSON {
    let hasNamespace = inspection.network != nil && record.networking.hasOwnNamespace
    // As with Docker, what stands here and not below a network is that of the default bridge.
    let main = attachment(of: NetworkingResolution.defaultBridge)
    var object = JSONObject([
      ("Bridge", ""),
      (
        "SandboxID",
        .string(hasNamespace ? ContainerInspection.sandbox(of: record.id) : "")
      ),
      ("SandboxKey", .string(hasNamespace ? inspection.layout.networkNamespace : "")),
      ("Ports", ports), ("HairpinMode", false), ("LinkLocalIPv6Address", ""),
      ("LinkLocalIPv6PrefixLen", 0), ("SecondaryIPAddresses", nil),
      ("SecondaryIPv6Addresses", nil),
    ])
    let addresses = end(on: main)
    for key in Self.addressKeys { object[key] = addresses[key] }
    let networks = record.networking.attachments.map { ($0.network, network($0)) }
    object["Networks"] = .object(JSONObject(networks))
    return .object(object)
  }

  private static let addressKeys = [
    "EndpointID", "Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPAddress",
    "IPPrefixLen", "IPv6Gateway", "MacAddress",
  ]

  private func attachment(of network: String) -> ContainerNetworking.Attachment? {
    record.networking.attachments.first { $0.network == network }
  }

  /// Ports with the host's side; null for those that are not published.
  private var ports: JSON {
    var ports = JSONObject()
    for port in inspection.summary.ports {
      let key = "\(port.containerPort)/\(port.protocol)"
      guard let address = port.hostAddress, let number = port.hostPort else {
        if ports[key] == nil { ports[key] = .null }
        continue
      }
      let binding: JSON = ["HostIp": .string(address), "HostPort": .string(String(number))]
      ports[key] = .array((ports[key]?.arrayValue ?? []) + [binding])
    }
    return .object(ports)
  }

  private func network(_ attachment: ContainerNetworking.Attachment) -> JSON {
    let addresses = end(on: attachment)
    let options = attachment.driverOptions.map { (key: $0.key, value: $0.value) }
    let aliases = attachment.aliases
    return [
      "IPAMConfig": wishes(of: attachment), "Links": nil,
      "Aliases": aliases.isEmpty ? .null : .strings(aliases),
      "MacAddress": addresses["MacAddress"] ?? "",
      "DriverOpts": options.isEmpty ? .null : .stringMap(options),
      "GwPriority": .integer(Int64(attachment.gatewayPriority)),
      "NetworkID": .string(inspection.context.network(attachment.network)?.id.hex ?? ""),
      "EndpointID": addresses["EndpointID"] ?? "", "Gateway": addresses["Gateway"] ?? "",
      "IPAddress": addresses["IPAddress"] ?? "", "IPPrefixLen": addresses["IPPrefixLen"] ?? 0,
      "IPv6Gateway": addresses["IPv6Gateway"] ?? "",
      "GlobalIPv6Address": addresses["GlobalIPv6Address"] ?? "",
      "GlobalIPv6PrefixLen": addresses["GlobalIPv6PrefixLen"] ?? 0,
      "DNSNames": names(of: attachment),
    ]
  }

  /// The fixed addresses that were asked for; null without any.
  private func wishes(of attachment: ContainerNetworking.Attachment) -> JSON {
    var object = JSONObject()
    for address in attachment.addresses {
      object[address.contains(":") ? "IPv6Address" : "IPv4Address"] = .string(address)
    }
    if !attachment.linkLocalAddresses.isEmpty {
      object["LinkLocalIPs"] = .strings(attachment.linkLocalAddresses)
    }
    return object.isEmpty ? .null : .object(object)
  }

  private func names(of attachment: ContainerNetworking.Attachment) -> JSON {
    if let endpoint = endpoint(on: attachment) { return .strings(endpoint.names) }
    return .strings([record.name] + attachment.aliases + [record.id.short])
  }

  private func endpoint(
    on attachment: ContainerNetworking.Attachment
  ) -> EndpointConfiguration? {
    inspection.network?.endpoints.first { $0.network.name == attachment.network }
  }

  /// The addresses of an end, empty while it is not connected.
  private func end(on attachment: ContainerNetworking.Attachment?) -> [String: JSON] {
    var members: [String: JSON] = [
      "EndpointID": "", "Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
      "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "", "MacAddress": "",
    ]
    guard let attachment, let endpoint = endpoint(on: attachment) else { return members }
    members["EndpointID"] = .string(
      ContainerInspection.endpoint(of: record.id, on: endpoint.network.id))
    members["MacAddress"] = .string(endpoint.effectiveHardwareAddress.description)
    for address in endpoint.addresses {
      let isV4 = address.family == .ipv4
      let subnet = endpoint.subnet(of: address)
      members[isV4 ? "IPAddress" : "GlobalIPv6Address"] = .string(address.description)
      members[isV4 ? "IPPrefixLen" : "GlobalIPv6PrefixLen"] = .integer(
        Int64(subnet?.block.prefixLength ?? 0))
      members[isV4 ? "Gateway" : "IPv6Gateway"] = .string(gateway(subnet, of: endpoint))
    }
    return members
  }

  private func gateway(
    _ subnet: NetworkRecord.Subnet?, of endpoint: EndpointConfiguration
  ) -> String {
    guard let subnet, !endpoint.network.isInternal else { return "" }
    return subnet.gateway.description
  }
}
