import Compose
import Model

/// The options that stand before the command, as in `roost -f stack.yaml up`.
///
/// They are read from a table of their own: the parser of the commands would take the `-f` of
/// `rm -f web` for a file, and every start would pay for a second parse.
struct GlobalOptions: Sendable, Equatable {
  var files: [String] = []
  var projectName: String?
  var projectDirectory: String?
  var environmentFiles: [String] = []
  var profiles: [String] = []
  var ansi: AnsiMode?
  var progress: ProgressMode?
  var parallel: Parallelism?
  var dryRun = false
  var allResources = false
  /// What is done with the digests of the project's lock file.
  var lock = LockRule.honoured
  /// Registries that projects are read from and published to without encryption.
  var insecureRegistries: [String] = []
  var compatibility = false
  var root: String?
  var runRoot: String?
  var userns: UserNamespaces?
  var debug = false
  var version = false

  /// The way progress is shown, with `auto` decided.
  func progressMode(_ processEnvironment: ProcessEnvironment) -> ProgressMode {
    let variables = processEnvironment.variables
    let asked =
      progress ?? variables["COMPOSE_PROGRESS"].flatMap { ProgressMode(rawValue: $0) }
      ?? variables["BUILDKIT_PROGRESS"].flatMap { ProgressMode(ofBuild: $0) }
    guard let asked, asked != .auto else {
      // Lines of a trace between lines that are redrawn could not be read.
      if debug { return .plain }
      let descriptor = processEnvironment.progressDescriptor
      let style = TextStyle(descriptor: descriptor, ansi: ansi, processEnvironment)
      return style.isDressed ? .tty : .plain
    }
    return asked
  }
}

extension GlobalOptions {
  /// Refuses variables that say what options of few values say, and say something else.
  func check(_ variables: [String: String]) throws(Diagnostic) {
    func check<Choice: RawRepresentable<String> & CaseIterable>(
      _ name: String, _: Choice.Type
    ) throws(Diagnostic) {
      guard let text = variables[name], !text.isEmpty, Choice(rawValue: text) == nil else { return }
      throw Diagnostic(
        .error, "\(name) cannot be '\(text)'",
        hint: "it can be " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if progress == nil { try check("COMPOSE_PROGRESS", ProgressMode.self) }
    if ansi == nil { try check("COMPOSE_ANSI", AnsiMode.self) }
  }
}

/// When colours and redrawn lines are used.
enum AnsiMode: String, Sendable, CaseIterable {
  case never
  case always
  case auto
}

/// How progress is shown.
enum ProgressMode: String, Sendable, CaseIterable {
  case auto
  case tty
  case plain
  case json
  case quiet
}

extension ProgressMode {
  /// What a word means that BuildKit is given; nil for one that it does not know.
  init?(ofBuild word: String) {
    self.init(rawValue: word == "rawjson" ? "json" : word)
  }
}
