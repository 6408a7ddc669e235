import YAML

/// Parts the services into those whose profiles are active and the others.
///
/// Source: Compose specification, 15-profiles.md.
struct ProfileActivation {
  /// The active profiles; `*` activates all.
  private(set) var active: [String]

  init(request: LoadRequest, environment: ProjectEnvironment) {
    active = request.profiles
    guard active.isEmpty else { return }
    // Without a list the empty profile is active, which `profiles: ["${UNSET}"]` asks for.
    active = (environment["COMPOSE_PROFILES"] ?? "")
      .split(separator: ",", omittingEmptySubsequences: false).map { Self.trimmed($0) }
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// The active profiles that have a name.
  var names: [String] { active.filter { !$0.isEmpty } }

  /// True when a service takes part.
  func includes(_ service: Node) -> Bool {
    guard let profiles = service["profiles"]?.sequence, !profiles.isEmpty else { return true }
    return active.contains("*") || profiles.contains { active.contains(GoText.of($0)) }
  }

  /// Activates the profiles of services that are named on the command line.
  mutating func activate(profilesOf names: [String], among disabled: Mapping) {
    for name in names {
      for profile in disabled[name]?["profiles"]?.sequence ?? [] {
        let text = GoText.of(profile)
        if !active.contains(text) { active.append(text) }
      }
    }
  }

  /// Takes the services that do not take part out of a model.
  func apply(to model: inout Node) -> Mapping {
    let disabled = (model["services"]?.mapping?.entries ?? []).filter { !includes($0.value) }
    guard !disabled.isEmpty else { return Mapping() }
    model["services"]?.mapping?.removeAll { !includes($0.value) }
    return Mapping(entries: disabled)
  }
}
