import Model

extension NetworkRecord {
  /// The record as it stands in `network.json`.
  package var json: JSON {
    var object = JSONObject([
      ("name", .string(name)), ("id", .string(id.hex)), ("driver", .string(driver)),
      ("subnets", .array(subnets.map(\.json))), ("internal", .bool(isInternal)),
      ("enableIPv6", .bool(enableIPv6)), ("bridge", .string(bridgeName)),
      ("interContainer", .bool(interContainer)), ("masquerade", .bool(masquerade)),
      ("labels", .stringMap(labels)), ("created", .string(created.rfc3339)),
      ("configHash", .string(configHash)),
    ])
    object["project"] = project.map(JSON.string)
    object["key"] = key.map(JSON.string)
    object["mtu"] = mtu.map { .integer(Int64($0)) }
    object["hostBinding"] = hostBinding.map { .string($0.description) }
    return .object(object)
  }

  /// Reads a record; nil when a member that every record has is missing or malformed.
  package init?(json: JSON) {
    guard let name = json["name"]?.stringValue,
      let id = json["id"]?.stringValue.flatMap({ ObjectID($0) }),
      let created = json["created"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
      let list = json["subnets"]?.arrayValue
    else { return nil }
    let subnets = list.compactMap { Subnet(json: $0) }
    guard subnets.count == list.count else { return nil }
    self.init(
      name: name, id: id, project: json["project"]?.stringValue, key: json["key"]?.stringValue,
      driver: json["driver"]?.stringValue ?? "bridge", subnets: subnets,
      isInternal: json["internal"]?.boolValue ?? false,
      enableIPv6: json["enableIPv6"]?.boolValue ?? false,
      bridgeName: json["bridge"]?.stringValue,
      mtu: json["mtu"]?.intValue.flatMap { UInt32(exactly: $0) },
      interContainer: json["interContainer"]?.boolValue ?? true,
      masquerade: json["masquerade"]?.boolValue ?? true,
      hostBinding: json["hostBinding"]?.stringValue.flatMap { IPAddress($0) },
      labels: json.stringMap("labels"), created: created,
      configHash: json["configHash"]?.stringValue ?? "")
  }
}

extension NetworkRecord.Subnet {
  /// The block as it stands in `network.json`.
  package var json: JSON {
    var object = JSONObject([
      ("subnet", .string(block.description)), ("gateway", .string(gateway.description)),
    ])
    object["range"] = range.map { .string($0.description) }
    if !reserved.isEmpty {
      let sorted = reserved.sorted { $0.key < $1.key }
      object["reserved"] = .stringMap(sorted.map { ($0.key, $0.value.description) })
    }
    return .object(object)
  }

  /// Reads a block; nil when it is malformed.
  package init?(json: JSON) {
    guard let block = json["subnet"]?.stringValue.flatMap({ CIDR($0) }),
      let gateway = json["gateway"]?.stringValue.flatMap({ IPAddress($0) })
    else { return nil }
    var reserved: [String: IPAddress] = [:]
    for (name, text) in json.stringMap("reserved") { reserved[name] = IPAddress(text) }
    self.init(
      block, gateway: gateway, range: json["range"]?.stringValue.flatMap { CIDR($0) },
      reserved: reserved)
  }
}
