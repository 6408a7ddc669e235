import ArgumentParser
import Model

/// The options that stand before the command, as in `roost -f stack.yaml up`.
struct GlobalOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Compose file; may be repeated, later files override; - is stdin.",
      valueName: "path"))
  var file: [String] = []

  @Option(name: [.customShort("p"), .long], help: "Project name; wins over everything else.")
  var projectName: String?

  @Option(help: "Base of relative paths and default project name.")
  var projectDirectory: String?

  @Option(help: "File with variables for the Compose file, instead of .env; may be repeated.")
  var envFile: [String] = []

  @Option(help: "Profile to enable; may be repeated, * means all.")
  var profile: [String] = []

  @Option(help: "When to use colours and redrawn lines: never, always or auto.")
  var ansi: AnsiMode?

  @Option(help: "How progress is shown: auto, tty, plain, json or quiet.")
  var progress: ProgressMode?

  @Option(help: "How many operations run at once; -1 means no limit.")
  var parallel: Int?

  @Flag(help: "Print what would be done, with the reason, and do nothing.")
  var dryRun = false

  @Flag(help: "Keep resources that no service uses in the model.")
  var allResources = false

  @Flag(help: "Compose V1 names: _ between the parts of a container's name.")
  var compatibility = false

  @Flag(help: "Show more.")
  var verbose = false

  @Option(help: ArgumentHelp("Directory of images, volumes and containers.", valueName: "path"))
  var root: String?

  @Option(help: ArgumentHelp("Directory of what ends at a reboot.", valueName: "path"))
  var runRoot: String?

  @Option(help: .hidden)
  var workdir: String?

  @Flag(help: .hidden)
  var noAnsi = false

  @Flag(name: [.customShort("v"), .long], help: "Show the version.")
  var version = false

  /// The way progress is shown, with `auto` decided.
  func progressMode(_ surroundings: Surroundings) -> ProgressMode {
    let asked = progress ?? surroundings.environment["COMPOSE_PROGRESS"].flatMap(ProgressMode.init)
    guard let asked, asked != .auto else {
      return TextStyle(descriptor: 2, ansi: ansi, surroundings).isDressed ? .tty : .plain
    }
    return asked
  }
}

/// When colours and redrawn lines are used.
enum AnsiMode: String, ExpressibleByArgument, Sendable, CaseIterable {
  case never
  case always
  case auto
}

/// How progress is shown.
enum ProgressMode: String, ExpressibleByArgument, Sendable, CaseIterable {
  case auto
  case tty
  case plain
  case json
  case quiet
}
