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
  var compatibility = false
  var root: String?
  var runRoot: String?
  var userns: UserNamespaces?
  var debug = false
  var version = false

  /// The way progress is shown, with `auto` decided.
  func progressMode(_ processEnvironment: ProcessEnvironment) -> ProgressMode {
    let asked =
      progress ?? processEnvironment.variables["COMPOSE_PROGRESS"].flatMap(ProgressMode.init)
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
