import Model
import YAML

/// Finds out what to tell somebody whose variable is not set.
struct VariableAdvisor {
  let environment: ProjectEnvironment
  let files: FileReader
  let directory: String
  /// The variables that env files set, by the file's name in the document.
  private var knownFiles: [String: Set<String>] = [:]

  init(environment: ProjectEnvironment, files: FileReader, directory: String) {
    self.environment = environment
    self.files = files
    self.directory = directory
    // Names of one or two letters, such as the shell's own `_`, resemble everything.
    candidates = environment.settings.keys.filter { $0.utf8.count > 2 }.sorted()
  }

  private let candidates: [String]
  /// What was meant by the names that were looked for.
  private var knownSuggestions: [String: String?] = [:]

  /// What to do about a required variable that is missing.
  mutating func hint(
    for name: String, _ finding: InterpolationFinding, in document: Node
  ) -> String {
    advice(for: name, finding, in: document) ?? "set it in .env or in the shell"
  }

  /// What was probably meant by a missing variable of a document; nil where nothing is better than
  /// to set it.
  mutating func advice(
    for name: String, _ finding: InterpolationFinding, in document: Node
  ) -> String? {
    if let file = environmentFile(with: name, service: finding.service, in: document) {
      return "`\(name)` is set in \(file), which only reaches the container; put it in .env"
    }
    let meant = knownSuggestions[name] ?? Suggestion.nearest(to: name, in: candidates)
    knownSuggestions[name] = .some(meant)
    if let meant { return "did you mean `\(meant)`?" }
    return finding.isBraced ? nil : "write `$$` for a `$` that is meant as such"
  }

  /// The `env_file` of a service that sets the variable, as the user wrote its name.
  private mutating func environmentFile(
    with name: String, service: String?, in document: Node
  ) -> String? {
    guard let service, let entry = document["services"]?[service]?["env_file"] else { return nil }
    let paths = (entry.sequence ?? [entry]).compactMap { $0.stringValue ?? $0["path"]?.stringValue }
    for path in paths {
      let names = knownFiles[path] ?? variables(of: path)
      knownFiles[path] = names
      if names.contains(name) { return path }
    }
    return nil
  }

  private func variables(of path: String) -> Set<String> {
    let absolute = path.hasPrefix("/") ? path : "\(directory)/\(path)"
    guard let bytes = try? files.read(absolute),
      let source = try? SourceFile(name: path, bytes: bytes)
    else { return [] }
    return Set(DotEnv.parse(source) { _ in nil }.entries.map(\.name))
  }
}
