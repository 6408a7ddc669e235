import Model

/// A value while a template runs, with what Go's types tell apart and JSON does not.
package indirect enum TemplateValue: Sendable, Equatable {
  /// Not even nil: the value of a key that a map does not have.
  case missing
  /// A pointer to nothing.
  case none
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  /// A slice; a nil one is `null` as JSON, and empty otherwise.
  case list([JSON], isNil: Bool)
  /// Has any keys; one that it lacks is missing. A nil one is `null` as JSON.
  case map(JSONObject, isNil: Bool)
  /// Has the fields of its type; naming another is a mistake.
  case structure(JSONObject)
}

extension TemplateValue {
  /// The value of a field.
  ///
  /// - Parameter name: the field's name, which says what it is where the JSON does not.
  package init(_ json: JSON, named name: String = "") {
    switch json {
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .number(number)
    case .string(let string): self = .string(string)
    case .array(let elements): self = .list(elements, isNil: false)
    case .object(let object):
      self = InspectedShape.maps.contains(name) ? .map(object, isNil: false) : .structure(object)
    case .null:
      if InspectedShape.maps.contains(name) {
        self = .map(JSONObject(), isNil: true)
      } else {
        self = InspectedShape.pointers.contains(name) ? .none : .list([], isNil: true)
      }
    }
  }

  /// The value as JSON.
  var json: JSON {
    switch self {
    case .missing, .none, .list(_, isNil: true), .map(_, isNil: true): .null
    case .bool(let flag): .bool(flag)
    case .integer(let number): .integer(number)
    case .number(let number): .number(number)
    case .string(let string): .string(string)
    case .list(let elements, _): .array(elements)
    case .map(let object, _), .structure(let object): .object(object)
    }
  }

  /// False for nil, false, zero and everything empty; a structure is always true.
  var isTrue: Bool {
    switch self {
    case .missing, .none: false
    case .bool(let flag): flag
    case .integer(let number): number != 0
    case .number(let number): number != 0
    case .string(let string): !string.isEmpty
    case .list(let elements, _): !elements.isEmpty
    case .map(let object, _): !object.isEmpty
    case .structure: true
    }
  }

  /// What Go calls the type, as `%T` prints it and as errors name it.
  var typeName: String {
    switch self {
    case .missing, .none: return "<nil>"
    case .bool: return "bool"
    case .integer: return "int"
    case .number: return "float64"
    case .string: return "string"
    case .list(let elements, _): return "[]" + Self.elementType(elements)
    case .map(let object, _): return "map[string]" + Self.elementType(object.members.map(\.value))
    case .structure: return "struct"
    }
  }

  private static func elementType(_ elements: [JSON]) -> String {
    let names = Set(elements.map { TemplateValue($0).typeName })
    if names.count == 1, let name = names.first { return name }
    return names.isEmpty ? "string" : "interface {}"
  }
}

/// Which members of Docker's answers are what in Go, where JSON alone does not tell.
///
/// Source: Docker Engine API 1.44, the types of `github.com/docker/docker/api/types`.
package enum InspectedShape {
  /// Objects whose keys are the user's: maps in Go.
  static let maps: Set<String> = [
    "Annotations", "AuxiliaryAddresses", "Config.Config", "Containers", "Data", "DriverOpts",
    "ExposedPorts", "Labels", "LogOptions", "Networks", "Options", "PortBindings", "Ports",
    "Services", "StorageOpt", "Sysctls", "Tmpfs", "Volumes",
  ]

  /// What may be nil and then prints `<nil>`: pointers in Go.
  static let pointers: Set<String> = [
    "CpusetOptions", "Health", "Healthcheck", "IPAMConfig", "Init", "MemorySwappiness",
    "OomKillDisable", "PidsLimit", "StopTimeout", "UsageData",
  ]

  /// Fields that Docker leaves out of JSON while they have no value; a template may name them. The
  /// fields that stand beside them say which structure it is.
  private static let optional: [(beside: Set<String>, fields: [String: TemplateValue])] = [
    (["Status", "Pid"], ["Health": .none]),
    (
      ["Hostname", "Env"],
      [
        "Healthcheck": .none, "StopTimeout": .none, "Shell": .list([], isNil: true),
        "ExposedPorts": .map(JSONObject(), isNil: true), "StopSignal": .string(""),
        "MacAddress": .string(""), "NetworkDisabled": .bool(false), "ArgsEscaped": .bool(false),
      ]
    ),
    (
      ["NetworkMode", "Binds"],
      [
        "Mounts": .list([], isNil: true), "Tmpfs": .map(JSONObject(), isNil: true),
        "Sysctls": .map(JSONObject(), isNil: true), "StorageOpt": .map(JSONObject(), isNil: true),
        "Annotations": .map(JSONObject(), isNil: true), "Init": .none,
      ]
    ),
    (["Type", "Destination"], ["Name": .string(""), "Driver": .string("")]),
    (["Mountpoint"], ["Status": .map(JSONObject(), isNil: true), "UsageData": .none]),
    (["RootFS"], ["Variant": .string(""), "OsVersion": .string(""), "Container": .string("")]),
  ]

  /// The same with the keys of maps in order, as Go writes them.
  package static func sorted(_ json: JSON) -> JSON { sorted(json, named: "") }

  private static func sorted(_ json: JSON, named name: String) -> JSON {
    switch json {
    case .array(let elements): return .array(elements.map { sorted($0, named: "") })
    case .object(let object):
      let members = maps.contains(name) ? object.sortedMembers : object.members
      return .object(JSONObject(members.map { ($0.key, sorted($0.value, named: $0.key)) }))
    default: return json
    }
  }

  /// The value of a field that is not there but could be; nil when there is no such field.
  static func optionalField(_ name: String, of structure: JSONObject) -> TemplateValue? {
    for (beside, fields) in optional where beside.allSatisfy({ structure[$0] != nil }) {
      if let value = fields[name] { return value }
    }
    return nil
  }
}
