import Model

/// One `--mount` of RUN, expanded.
///
/// Source: Dockerfile reference, "RUN --mount".
struct RunMount {
  enum Kind: String, CaseIterable {
    case bind
    case cache
    case temporary = "tmpfs"
    case secret
    case ssh
  }

  enum Sharing: String {
    case shared
    case isolated = "private"
    case locked
  }

  var kind = Kind.bind
  var target = ""
  var source = ""
  var from = ""
  var id = ""
  var variable = ""
  var sharing = Sharing.shared
  var size: Int64?
  var mode: UInt32?
  var user: UInt32 = 0
  var group: UInt32 = 0
  var isRequired = false
  /// What was asked for; nil means the kind's own default.
  var isReadOnly: Bool?
  var location: SourceLocation

  private typealias Setter = @Sendable (inout RunMount, String) -> Bool

  private static let setters: [String: Setter] = [
    "type": { mount, value in
      guard let kind = Kind(rawValue: value) else { return false }
      mount.kind = kind
      return true
    },
    "target": { mount, value in set(&mount.target, value) },
    "dst": { mount, value in set(&mount.target, value) },
    "destination": { mount, value in set(&mount.target, value) },
    "source": { mount, value in set(&mount.source, value) },
    "src": { mount, value in set(&mount.source, value) },
    "from": { mount, value in set(&mount.from, value) },
    "id": { mount, value in set(&mount.id, value) },
    "env": { mount, value in set(&mount.variable, value) },
    "sharing": { mount, value in
      guard let sharing = Sharing(rawValue: value) else { return false }
      mount.sharing = sharing
      return true
    },
    "size": { mount, value in
      mount.size = bytes(value)
      return mount.size != nil
    },
    "mode": { mount, value in
      mount.mode = UInt32(value, radix: 8)
      return mount.mode != nil
    },
    "uid": { mount, value in set(&mount.user, number(value)) },
    "gid": { mount, value in set(&mount.group, number(value)) },
    "required": { mount, value in set(&mount.isRequired, flag(value)) },
    "readonly": { mount, value in set(&mount.isReadOnly, flag(value).map(Optional.some)) },
    "ro": { mount, value in set(&mount.isReadOnly, flag(value).map(Optional.some)) },
    "rw": { mount, value in set(&mount.isReadOnly, flag(value).map { .some(!$0) }) },
    "readwrite": { mount, value in set(&mount.isReadOnly, flag(value).map { .some(!$0) }) },
  ]

  private static let bareKeys: Set<String> = ["required", "readonly", "ro", "rw", "readwrite"]

  /// Reads `key=value,…`.
  init(_ text: String, at location: SourceLocation, directory: String) throws(Diagnostic) {
    self.location = location
    for field in text.parts(",") {
      let parts = field.parts("=", maxSplits: 1, omittingEmpty: false)
      let key = parts[0].lowercased()
      guard let setter = Self.setters[key] else {
        let near = Suggestion.nearest(to: key, in: Self.setters.keys.sorted())
        throw Diagnostic(
          .error, "unknown key '\(key)' in --mount", at: location,
          hint: near.map { "did you mean '\($0)'?" })
      }
      guard parts.count == 2 || Self.bareKeys.contains(key) else {
        throw Diagnostic(.error, "the key '\(key)' in --mount needs a value", at: location)
      }
      guard setter(&self, parts.count == 2 ? String(parts[1]) : "true") else {
        throw Diagnostic(
          .error, "invalid value '\(parts.last ?? "")' of '\(key)' in --mount", at: location,
          hint: Self.hints[key])
      }
    }
    try complete(directory: directory)
  }

  private static let hints = [
    "type": "types are " + Kind.allCases.map(\.rawValue).joined(separator: ", "),
    "sharing": "it is shared, private or locked",
    "mode": "write it in octal, such as 0400",
    "size": "write it in bytes, or such as 64m",
  ]

  private mutating func complete(directory: String) throws(Diagnostic) {
    switch kind {
    case .secret:
      if id.isEmpty { id = source.isEmpty ? Paths.name(target) : source }
      if target.isEmpty, variable.isEmpty { target = "/run/secrets/\(id)" }
    case .ssh:
      if id.isEmpty { id = "default" }
      if target.isEmpty { target = "/run/buildkit/ssh_agent.0" }
    case .cache:
      if id.isEmpty { id = target }
    case .bind, .temporary: break
    }
    guard !target.isEmpty || !variable.isEmpty else {
      throw Diagnostic(.error, "--mount=type=\(kind.rawValue) needs a target", at: location)
    }
    if !target.isEmpty { target = Paths.absolute(target, in: directory) }
    guard target != "/" else {
      throw Diagnostic(.error, "--mount cannot replace the root directory", at: location)
    }
  }

  private static func set<Value>(_ place: inout Value, _ value: Value?) -> Bool {
    guard let value else { return false }
    place = value
    return true
  }

  private static func number(_ text: String) -> UInt32? {
    if case .number(let number) = IDNumber(text) { number } else { nil }
  }

  private static func flag(_ text: String) -> Bool? {
    ["true": true, "1": true, "": true, "false": false, "0": false][text.lowercased()]
  }

  private static func bytes(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
    let lower = text.lowercased()
    guard let last = lower.last, let unit = units[last] else { return Int64(lower) }
    return Int64(lower.dropLast()).flatMap { value in
      let (result, overflow) = value.multipliedReportingOverflow(by: unit)
      return overflow ? nil : result
    }
  }
}
