import ArgumentParser
import Compose

/// The global options as the help and the completions show them; `GlobalArguments` reads them.
struct GlobalOptionHelp: ParsableArguments {
  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Compose file, git address or oci://NAME; may be repeated, later files override; - is stdin.",
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

  @Option(help: "How many operations run at once; -1 means no limit (also COMPOSE_PARALLEL_LIMIT).")
  var parallel: Int?

  @Flag(help: "Print what would be done, with the reason, and do nothing.")
  var dryRun = false

  @Flag(help: "Keep resources that no service uses in the model.")
  var allResources = false

  @Flag(help: "Refuse images that are not in roost.lock.")
  var locked = false

  @Flag(help: "Compose V1 names: _ between the parts of a container's name.")
  var compatibility = false

  @Option(
    help: ArgumentHelp(
      "Registry of oci:// projects to speak to without encryption; may be repeated.",
      valueName: "host"))
  var insecureRegistry: [String] = []

  @Option(help: ArgumentHelp("Directory of images, volumes and containers.", valueName: "path"))
  var root: String?

  @Option(help: ArgumentHelp("Directory of what ends at a reboot.", valueName: "path"))
  var runRoot: String?

  @Option(
    help: "Users of containers where the file does not say it: private, identity or host.")
  var userns: UserNamespaces?

  @Flag(help: "Show each step with its time on standard error; --verbose is the same.")
  var debug = false

  @Flag(name: [.customShort("v"), .long], help: "Show the version.")
  var version = false
}

extension AnsiMode: ExpressibleByArgument {}
extension UserNamespaces: ExpressibleByArgument {}
extension ProgressMode: ExpressibleByArgument {}
