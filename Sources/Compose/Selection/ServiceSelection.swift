import Model
import YAML

/// Keeps the services named on the command line and all that they depend on.
struct ServiceSelection {
  let names: [String]
  let disabled: Mapping
  let session: LoadSession

  /// Takes the other services out of a model, and out of the dependencies of those that stay.
  func apply(to model: inout Node) {
    guard !names.isEmpty, let services = model["services"]?.mapping else { return }
    var selected: Set<String> = []
    var waiting: [String] = []
    for name in names {
      let matches = services.entries.map(\.key).filter { FilePattern.matches($0, pattern: name) }
      if matches.isEmpty { reportUnknown(name, services) }
      waiting += matches
    }
    while let name = waiting.popLast() {
      guard selected.insert(name).inserted, let service = services[name] else { continue }
      waiting += dependencies(of: service, name, in: services)
    }
    model["services"]?.mapping?.removeAll { !selected.contains($0.key) }
    model["services"]?.mapping?.updateValues { _, _, service in
      service["depends_on"]?.mapping?.removeAll { !selected.contains($0.key) }
    }
  }

  private func dependencies(of service: Node, _ name: String, in services: Mapping) -> [String] {
    var names: [String] = []
    for entry in service["depends_on"]?.mapping?.entries ?? [] {
      if services.contains(entry.key) {
        names.append(entry.key)
      } else if entry.value["required"]?.boolValue ?? true {
        session.report.add(
          entry.keyMark.diagnostic(
            .error, "\(name) depends on `\(entry.key)`, which is not active",
            path: ["services", .key(name), "depends_on", .key(entry.key)],
            hint: DependencyChecks.activationHint(entry.key, disabled, mayBeMissing: true)))
      }
    }
    return names
  }

  private func reportUnknown(_ name: String, _ services: Mapping) {
    session.report.add(UnknownService.message(name, among: services.entries.map(\.key)))
  }
}

/// Shell patterns as names of services: `*`, `?` and `[a-z]`.
enum FilePattern {
  static func matches(_ text: String, pattern: String) -> Bool {
    guard pattern.contains(where: { "*?[\\".contains($0) }) else { return text == pattern }
    return matches(Array(text.unicodeScalars)[...], Array(pattern.unicodeScalars)[...])
  }

  private static func matches(
    _ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> Bool {
    var text = text
    var pattern = pattern
    // Where to go on when what follows the last star does not fit.
    var retry: (text: ArraySlice<Unicode.Scalar>, pattern: ArraySlice<Unicode.Scalar>)?
    while true {
      if pattern.first == "*" {
        pattern = pattern.dropFirst()
        retry = (text, pattern)
      } else if let rest = step(text.first, pattern) {
        text = text.dropFirst()
        pattern = rest
      } else if text.isEmpty, pattern.isEmpty {
        return true
      } else if let last = retry, !last.text.isEmpty {
        text = last.text.dropFirst()
        pattern = last.pattern
        retry = (text, pattern)
      } else {
        return false
      }
    }
  }

  /// What is left of a pattern behind one character; nil when that does not fit.
  private static func step(
    _ character: Unicode.Scalar?, _ pattern: ArraySlice<Unicode.Scalar>
  ) -> ArraySlice<Unicode.Scalar>? {
    guard let character, let first = pattern.first else { return nil }
    switch first {
    case "?": return pattern.dropFirst()
    case "[":
      guard let end = pattern.dropFirst(2).firstIndex(of: "]") else { return nil }
      var set = pattern[(pattern.startIndex + 1)..<end]
      let isNegated = set.first == "^"
      if isNegated { set = set.dropFirst() }
      return contains(set, character) != isNegated ? pattern[(end + 1)...] : nil
    case "\\":
      guard pattern.dropFirst().first == character else { return nil }
      return pattern.dropFirst(2)
    default: return first == character ? pattern.dropFirst() : nil
    }
  }

  private static func contains(
    _ set: ArraySlice<Unicode.Scalar>, _ character: Unicode.Scalar
  ) -> Bool {
    var rest = set
    while let low = rest.first {
      if rest.count >= 3, rest[rest.startIndex + 1] == "-" {
        if low <= character, character <= rest[rest.startIndex + 2] { return true }
        rest = rest.dropFirst(3)
      } else {
        if low == character { return true }
        rest = rest.dropFirst()
      }
    }
    return false
  }
}
