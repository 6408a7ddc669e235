import YAML

/// The type that a scalar must have at a path, and how a text becomes one.
///
/// A variable's value is always text, and so is a number in quotes: both are cast where the model
/// asks for another type.
enum ScalarCast: Sendable {
  case boolean
  case integer
  case number

  /// What is expected, for messages.
  var expectation: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    }
  }

  /// What became of a text.
  enum Result: Equatable {
    case value(Node.Content)
    /// A boolean that is none in YAML 1.2, such as `yes`.
    case oldBoolean(Bool)
    case mismatch
  }

  /// Casts a text. White space around it is not skipped.
  func cast(_ text: String) -> Result {
    switch self {
    case .boolean: Self.castBoolean(text)
    case .integer: Self.castInteger(text)
    case .number: Self.castNumber(text)
    }
  }

  private static func castBoolean(_ text: String) -> Result {
    switch text.lowercased() {
    case "true": .value(.bool(true))
    case "false": .value(.bool(false))
    case "y", "yes", "on": .oldBoolean(true)
    case "n", "no", "off": .oldBoolean(false)
    default: .mismatch
    }
  }

  // Decimal only: a leading zero means nothing here, unlike in a plain YAML number.
  private static func castInteger(_ text: String) -> Result {
    Int64(text).map { .value(.integer($0)) } ?? .mismatch
  }

  private static func castNumber(_ text: String) -> Result {
    if case .value(let integer) = castInteger(text) { return .value(integer) }
    let isNumeric = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    guard isNumeric, let value = Double(completed(text)), value.isFinite else { return .mismatch }
    return .value(Int64(exactly: value).map { .integer($0) } ?? .number(value))
  }

  /// Gives `.5` and `5.` the digit that Swift wants to see.
  private static func completed(_ text: String) -> String {
    var text = text
    if text.hasSuffix(".") { text += "0" }
    let unsigned = text.drop { $0 == "+" || $0 == "-" }
    guard unsigned.first == "." else { return text }
    return (text.hasPrefix("-") ? "-0" : "0") + unsigned
  }

  /// Where the model wants another type than text.
  ///
  /// Source: Compose specification, JSON schema; the paths are those at which Docker Compose casts.
  static let table = PathTable<ScalarCast>(
    services.map { ("services.*." + $0.0, $0.1) } + resources)

  private static let services: [(String, ScalarCast)] = [
    ("attach", .boolean),
    ("build.no_cache", .boolean),
    ("build.privileged", .boolean),
    ("build.pull", .boolean),
    ("cpu_count", .integer),
    ("cpu_percent", .number),
    ("cpu_period", .integer),
    ("cpu_quota", .integer),
    ("cpu_rt_period", .integer),
    ("cpu_rt_runtime", .integer),
    ("cpu_shares", .integer),
    ("cpus", .number),
    ("deploy.placement.max_replicas_per_node", .integer),
    ("deploy.replicas", .integer),
    ("deploy.resources.limits.cpus", .number),
    ("deploy.resources.limits.pids", .integer),
    ("deploy.resources.reservations.cpus", .number),
    ("deploy.restart_policy.max_attempts", .integer),
    ("deploy.rollback_config.max_failure_ratio", .number),
    ("deploy.rollback_config.parallelism", .integer),
    ("deploy.update_config.max_failure_ratio", .number),
    ("deploy.update_config.parallelism", .integer),
    ("env_file.*.required", .boolean),
    ("healthcheck.disable", .boolean),
    ("healthcheck.retries", .integer),
    ("init", .boolean),
    ("oom_kill_disable", .boolean),
    ("oom_score_adj", .integer),
    ("pids_limit", .integer),
    ("ports.*.target", .integer),
    ("privileged", .boolean),
    ("read_only", .boolean),
    ("scale", .integer),
    ("stdin_open", .boolean),
    ("tty", .boolean),
    ("ulimits.*", .integer),
    ("ulimits.*.hard", .integer),
    ("ulimits.*.soft", .integer),
    ("volumes.*.bind.create_host_path", .boolean),
    ("volumes.*.read_only", .boolean),
    ("volumes.*.volume.nocopy", .boolean),
  ]

  private static let resources: [(String, ScalarCast)] = [
    ("configs.*.external", .boolean),
    ("networks.*.attachable", .boolean),
    ("networks.*.enable_ipv4", .boolean),
    ("networks.*.enable_ipv6", .boolean),
    ("networks.*.external", .boolean),
    ("networks.*.internal", .boolean),
    ("secrets.*.external", .boolean),
    ("volumes.*.external", .boolean),
  ]
}
