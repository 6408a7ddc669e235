import Model
import YAML

/// What of a service, network or volume is compared to see whether what runs is out of date.
///
/// The form is the one that Docker Compose hashes for the label `com.docker.compose.config-hash`:
/// the same file gives the same hash. `build`, `pull_policy`, `scale`, `deploy.replicas`,
/// `depends_on` and `profiles` are not part of it, since a container does not change with them.
public struct Configuration: Sendable {
  private enum Source: Sendable {
    case json(JSON)
    case node(Node, GoStruct)
  }

  private let source: Source

  /// Takes a configuration that was stored before.
  public init(_ json: JSON) { source = .json(json) }

  /// Takes a service of the canonical tree.
  init(service node: Node) { source = .node(node, .hashedService) }

  /// Takes a network of the canonical tree.
  init(network node: Node) { source = .node(node, .network) }

  /// Takes a volume of the canonical tree.
  init(volume node: Node) {
    var node = node
    // A volume without a driver is hashed with the default one; a network is not.
    if node.isNull { node.value = .mapping([:]) }
    if node["driver"]?.stringValue?.isEmpty ?? true { node["driver"] = "local" }
    source = .node(node, .volume)
  }

  /// The configuration as JSON, in the order in which it is hashed.
  public var json: JSON {
    switch source {
    case .json(let json): json
    case .node(let node, let form): form.encode(node)
    }
  }

  /// The bytes of which the SHA-256 digest, in hexadecimal, is the configuration's hash.
  public var bytes: [UInt8] { Self.escapingLineSeparators(json.utf8(.escapeHTML)) }

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

extension Configuration {
  /// The paths of what differs between two configurations, such as `environment.DEBUG` or
  /// `ports`, sorted; empty when they are equal.
  public static func changedKeys(old: JSON, new: JSON) -> [String] {
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
