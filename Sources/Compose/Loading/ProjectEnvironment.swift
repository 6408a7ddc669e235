import Model

/// The variables that `${…}` sees, with the sources they came from.
///
/// A source that comes first wins: the shell, then each env file from the last to the first.
package struct ProjectEnvironment: Sendable {
  /// Where a variable was set.
  package enum Source: Sendable, Hashable {
    /// The environment of the process.
    case shell
    /// An env file, at the place of the key.
    case file(path: String, location: SourceLocation?)
    /// roost itself, such as `COMPOSE_PROJECT_NAME`.
    case roost
  }

  /// A value with its source.
  package struct Setting: Sendable, Hashable {
    /// The value.
    package var value: String
    /// Where it was set.
    package var source: Source

    /// Makes a setting.
    package init(value: String, source: Source) {
      self.value = value
      self.source = source
    }
  }

  /// The settings of each variable: the one that counts first, then those that it hides.
  package private(set) var settings: [String: [Setting]] = [:]

  /// Makes an empty environment.
  package init() {}

  /// Makes the environment of a process.
  package init(shell: [String: String]) {
    settings = shell.mapValues { [Setting(value: $0, source: .shell)] }
  }

  /// The value of a variable; nil when it is not set.
  package subscript(name: String) -> String? { settings[name]?.first?.value }

  /// The values by name.
  package var values: [String: String] { settings.compactMapValues { $0.first?.value } }

  /// Adds a setting that counts only if there is no other.
  package mutating func addDefault(_ name: String, _ setting: Setting) {
    settings[name, default: []].append(setting)
  }

  /// Adds a setting that hides all others.
  package mutating func override(_ name: String, _ setting: Setting) {
    settings[name, default: []].insert(setting, at: 0)
  }

  /// The settings of a variable: the one that counts first, then those that it hides.
  package func explain(_ name: String) -> [Setting] { settings[name] ?? [] }
}
