import Linux
import State

/// Which devices may be used, and how.
///
/// Source: the kernel's admin-guide/cgroup-v1/devices.
package struct DeviceRule: Sendable, Hashable, CustomStringConvertible {
  /// The kind of device.
  package enum Kind: Character, Sendable, Hashable {
    case block = "b"
    case character = "c"
    case all = "a"
  }

  /// The kind.
  package var kind: Kind
  /// The major number; nil for any.
  package var major: UInt32?
  /// The minor number; nil for any.
  package var minor: UInt32?
  /// Some of `r`, `w` and `m`.
  package var access: String

  /// Makes a rule.
  package init(_ kind: Kind, _ major: UInt32?, _ minor: UInt32?, _ access: String = "rwm") {
    self.kind = kind
    self.major = major
    self.minor = minor
    self.access = access
  }

  /// Reads the form of `device_cgroup_rules`, such as `c 10:* rwm`; nil when it is wrong.
  package init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 3, parts[0].count == 1, let letter = parts[0].first,
      let kind = Kind(rawValue: letter), !parts[2].isEmpty,
      parts[2].allSatisfy({ "rwm".contains($0) })
    else { return nil }
    let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard numbers.count == 2 else { return nil }
    var parsed: [UInt32?] = []
    for number in numbers {
      if number == "*" {
        parsed.append(nil)
      } else if let value = UInt32(number) {
        parsed.append(value)
      } else {
        return nil
      }
    }
    self.init(kind, parsed[0], parsed[1], String(parts[2]))
  }

  /// The form that the kernel takes.
  package var description: String {
    let numbers = "\(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*")"
    return "\(kind.rawValue) \(numbers) \(access)"
  }

  /// What every container may use, as in Docker: making any node, and using the harmless ones.
  package static let standard = [
    DeviceRule(.character, nil, nil, "m"), DeviceRule(.block, nil, nil, "m"),
    DeviceRule(.character, 1, 3), DeviceRule(.character, 1, 5), DeviceRule(.character, 1, 7),
    DeviceRule(.character, 1, 8), DeviceRule(.character, 1, 9), DeviceRule(.character, 5, 0),
    DeviceRule(.character, 5, 1), DeviceRule(.character, 5, 2), DeviceRule(.character, 136, nil),
  ]

  /// The rules of a container; nil when it may use every device.
  ///
  /// A device that does not exist is left to the step that makes its node.
  package static func rules(for spec: ContainerSpec) -> [DeviceRule]? {
    if spec.privileged { return nil }
    var result = standard
    for device in spec.devices {
      guard let status = try? Files.status(device.hostPath) else { continue }
      let kind: Kind = status.kind == .blockDevice ? .block : .character
      result.append(DeviceRule(kind, status.major, status.minor, device.permissions))
    }
    return result + spec.deviceRules.compactMap { DeviceRule($0) }.flatMap(\.ofOneKind)
  }

  /// The same for each kind by itself: to the kernel of cgroup v1 `a` is all devices, whatever
  /// stands behind it.
  private var ofOneKind: [DeviceRule] {
    kind == .all ? [.character, .block].map { DeviceRule($0, major, minor, access) } : [self]
  }
}
