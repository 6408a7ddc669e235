import Model
import YAML

/// What of a service, network or volume is compared to see whether what runs is out of date.
///
/// The form is the one that Docker Compose hashes for the label `com.docker.compose.config-hash`:
/// the same file gives the same hash. `build`, `pull_policy`, `scale`, `deploy.replicas`,
/// `depends_on` and `profiles` are not part of it, since a container does not change with them.
package struct Configuration: Sendable {
  private enum Source: Sendable {
    case json(JSON)
    case service(Node)
    case resource(Node, Section)
  }

  private let source: Source

  /// Takes a configuration that was stored before.
  package init(_ json: JSON) { source = .json(json) }

  /// Takes a service of the resolved model.
  init(service node: Node) { source = .service(node) }

  /// Takes a network of the resolved model.
  init(network node: Node) { source = .resource(node, .network) }

  /// Takes a volume of the resolved model.
  init(volume node: Node) {
    var node = node.isNull ? node.replacing(.mapping(Mapping())) : node
    // A volume without a driver is hashed with the default one; a network is not.
    if node["driver"]?.stringValue?.isEmpty ?? true { node["driver"] = "local" }
    source = .resource(node, .volume)
  }

  /// The configuration as JSON, in the order in which it is hashed.
  package var json: JSON {
    switch source {
    case .json(let json): json
    case .service(let node): Self.print(Self.hashed(node), .service)
    case .resource(let node, let section): Self.print(node, section)
    }
  }

  private static func print(_ node: Node, _ section: Section) -> JSON {
    JSON(Printing(format: .json).print(node, section))
  }

  private static let ignoredKeys = [
    "build", "pull_policy", "pull_refresh_after", "scale", "depends_on", "profiles",
  ]

  private static func hashed(_ service: Node) -> Node {
    var service = service
    for key in ignoredKeys { service[key] = nil }
    service["deploy"]?["replicas"] = nil
    let envFiles = service["env_file"]?.sequence
    service["env_file"]?.sequence = envFiles?.map(hashedEnvFile)
    return service
  }

  // The format of an env file that must be there is not part of the hash.
  private static func hashedEnvFile(_ file: Node) -> Node {
    guard file["required"]?.boolValue != false else { return file }
    var file = file
    file["format"] = nil
    return file
  }

  /// The bytes of which the SHA-256 digest, in hexadecimal, is the configuration's hash.
  package var bytes: [UInt8] { Self.escapingLineSeparators(json.utf8(.escapeHTML)) }

  // Go writes U+2028 and U+2029 as escapes, for the sake of JavaScript. In JSON their bytes can
  // only stand inside strings.
  private static func escapingLineSeparators(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0xE2) else { return bytes }
    var escaped: [UInt8] = []
    escaped.reserveCapacity(bytes.count)
    var offset = 0
    while offset < bytes.count {
      if bytes[offset] == 0xE2, offset + 2 < bytes.count, bytes[offset + 1] == 0x80,
        bytes[offset + 2] & 0xFE == 0xA8
      {
        escaped.append(contentsOf: (bytes[offset + 2] == 0xA8 ? #"\u2028"# : #"\u2029"#).utf8)
        offset += 3
      } else {
        escaped.append(bytes[offset])
        offset += 1
      }
    }
    return escaped
  }
}

extension LoadedProject {
  /// What is hashed of each service that takes part, also of a model that was not normalised or
  /// not interpolated.
  package var serviceConfigurations: [(service: String, configuration: Configuration)] {
    (tree["services"]?.mapping?.entries ?? []).map {
      ($0.key, Configuration(service: $0.value))
    }
  }
}

extension Configuration {
  /// The paths of what differs between two configurations, such as `environment.DEBUG` or
  /// `ports`, sorted; empty when they are equal.
  package static func changedKeys(old: JSON, new: JSON) -> [String] {
    var keys: [String] = []
    compare(old, new, path: "", into: &keys)
    return keys.sorted()
  }

  private static func compare(_ old: JSON, _ new: JSON, path: String, into keys: inout [String]) {
    switch (old, new) {
    case (.object(let old), .object(let new)):
      for member in old.members {
        let child = path.isEmpty ? member.key : "\(path).\(member.key)"
        compare(member.value, new[member.key], path: child, into: &keys)
      }
      for member in new.members where old[member.key] == nil {
        keys.append(path.isEmpty ? member.key : "\(path).\(member.key)")
      }
    case (.array(let old), .array(let new)) where old.count == new.count:
      for (index, pair) in zip(old, new).enumerated() {
        compare(pair.0, pair.1, path: "\(path)[\(index)]", into: &keys)
      }
    default:
      if old != new { keys.append(path) }
    }
  }

  private static func compare(_ old: JSON, _ new: JSON?, path: String, into keys: inout [String]) {
    guard let new else { return keys.append(path) }
    compare(old, new, path: path, into: &keys)
  }
}

extension JSON {
  /// The same value without its places.
  fileprivate init(_ node: Node) {
    self =
      switch node.value {
      case .null: .null
      case .bool(let value): .bool(value)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .string(let value): .string(value)
      case .sequence(let elements): .array(elements.map(JSON.init))
      case .mapping(let mapping):
        .object(JSONObject(mapping.entries.map { ($0.key, JSON($0.value)) }))
      }
  }
}
