import Model

extension NetworkRecord: Versioned {
  /// Reads the members of `network.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    guard reader.has("subnets") else { throw reader.error("subnets", "is missing") }
    self.init(
      name: try reader.string("name"), id: try reader.identity("id"),
      project: try reader.optionalString("project"), key: try reader.optionalString("key"),
      driver: try reader.string("driver", "bridge"),
      options: try reader.stringMap("options"), isAttachable: try reader.flag("attachable"),
      subnets: try reader.list("subnets"),
      isInternal: try reader.flag("internal"), enableIPv6: try reader.flag("enableIPv6"),
      bridgeName: try reader.optionalString("bridge"), mtu: try reader.optionalInteger("mtu"),
      interContainer: try reader.flag("interContainer", true),
      masquerade: try reader.flag("masquerade", true),
      hostBinding: try reader.optionalAddress("hostBinding"),
      labels: try reader.stringMap("labels").map { ($0.key, $0.value) },
      created: try reader.timestamp("created"), configHash: try reader.string("configHash", ""))
  }

  /// Writes the members of `network.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("id", id)
    writer.set("driver", driver)
    writer.set("subnets", json: .array(subnets.map(\.encoded)))
    writer.set("internal", json: .bool(isInternal))
    writer.set("enableIPv6", json: .bool(enableIPv6))
    writer.set("bridge", bridgeName)
    writer.set("interContainer", json: .bool(interContainer))
    writer.set("masquerade", json: .bool(masquerade))
    writer.set("labels", json: .stringMap(labels))
    writer.set("created", created)
    writer.set("configHash", configHash)
    writer.set("project", project)
    writer.set("key", key)
    writer.set("mtu", mtu)
    writer.set("hostBinding", hostBinding?.description)
    writer.set("options", options)
    writer.set("attachable", isAttachable)
  }
}

extension NetworkRecord.Subnet: RecordMember {
  /// Reads an element of `subnets`.
  package init(_ reader: RecordReader) throws(RecordError) {
    var reserved: [String: IPAddress] = [:]
    for entry in try reader.stringMap("reserved") {
      guard let address = IPAddress(entry.value) else {
        throw reader.error("reserved.\(entry.key)", "\"\(entry.value)\" is not an IP address")
      }
      reserved[entry.key] = address
    }
    self.init(
      try reader.value("subnet", "a subnet") { CIDR($0) },
      gateway: try reader.address("gateway"),
      range: try reader.optionalValue("range", "a subnet") { CIDR($0) }, reserved: reserved)
  }

  /// Writes an element of `subnets`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("subnet", block.description)
    writer.set("gateway", gateway.description)
    writer.set("range", range?.description)
    let sorted = reserved.sorted { $0.key < $1.key }
    writer.set("reserved", OrderedMap(sorted.map { ($0.key, $0.value.description) }))
  }
}
