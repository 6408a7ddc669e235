/// Ports of a service, and its uses of networks.
extension Section {
  static let attachments = FieldKind(
    .either([
      .uniqueTexts,
      .dictionary(
        "a map of networks", of: .either([.nothing, .map(attachment)]), keys: .resourceKey),
    ]),
    .nullableMap(.structure(attachment)))

  private static let attachment = Section(
    "a use of a network",
    [
      Field("aliases", .uniqueTexts, .works(), unique: .name),
      Field(
        "driver_opts", .options,
        .works(
          note: "`com.docker.network.endpoint.sysctls`, `.ifname`, `.macaddress`; others get a "
            + "warning")),
      Field("gw_priority", priority, .works()),
      Field("interface_name", .text, .works()),
      Field("ipv4_address", .text, .works()),
      Field("ipv6_address", .text, .works()),
      Field(
        "link_local_ips", .uniqueTexts, .works(), unique: .name),
      Field("mac_address", .text, .works()),
      Field("priority", priority, .works()),
    ])

  private static let priority = FieldKind(.kind(.number, "a number"), .integer)

  static let ports = FieldKind(
    .list(of: .either([.kind(.number, "a port"), .text, .map(port)]), unique: true), .list(port))

  private static let port = Section(
    "a port",
    [
      Field("name", .text, .unneeded(reason: "a word for people")),
      Field("mode", .text, .works(note: "`host` and `ingress` are the same on one host")),
      Field("host_ip", .text, .works()),
      Field("target", .integer(), .works()),
      Field("published", FieldKind(.kind([.integer, .string], "a port"), .text), .works()),
      Field("protocol", .text, .works()),
      Field("app_protocol", .text, .unneeded(reason: "a word for people")),
    ])
}
