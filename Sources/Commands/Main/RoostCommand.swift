import ArgumentParser

/// The root of the command line; each command is a file of its own.
struct RoostCommand: ParsableCommand {
  static let configuration = CommandTree.configuration

  @OptionGroup(title: "Global options, before the command")
  var global: GlobalOptionHelp

  func run() throws { throw CleanExit.helpRequest(Self.self) }
}

/// The commands without the global options, which are taken off before.
///
/// A parser that knew both would take the `-f` of `rm -f web` for a file and the `-v` of `down -v`
/// for the version, because options of a parent are looked for in the whole line.
struct CommandTree: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "roost",
    abstract: "Runs multi-container applications from a Compose file, without a daemon.",
    usage: "roost [<global options>] <command> [<options>] [<arguments>]",
    subcommands: [DocumentationCommand.self, ManualCommand.self],
    groupedSubcommands: [
      CommandGroup(
        name: "Bring up and take down",
        subcommands: [
          UpCommand.self, DownCommand.self, CreateCommand.self, StartCommand.self,
          StopCommand.self, RestartCommand.self, KillCommand.self, PauseCommand.self,
          UnpauseCommand.self, RemoveCommand.self, ScaleCommand.self,
        ]),
      CommandGroup(
        name: "Look",
        subcommands: [
          PsCommand.self, LogsCommand.self, TopCommand.self, PortCommand.self,
          ImagesCommand.self, VolumesCommand.self, EventsCommand.self, WaitCommand.self,
          StatsCommand.self, ListCommand.self, InspectCommand.self, DebugCommand.self,
        ]),
      CommandGroup(
        name: "Work inside",
        subcommands: [
          ExecCommand.self, RunCommand.self, AttachCommand.self, CopyCommand.self,
          ExportCommand.self, CommitCommand.self,
        ]),
      CommandGroup(
        name: "Model and images",
        subcommands: [
          ConfigCommand.self, BuildCommand.self, PullCommand.self, PushCommand.self,
          PublishCommand.self,
          LockCommand.self, OutdatedCommand.self, LoginCommand.self, LogoutCommand.self,
          VersionCommand.self, CompletionCommand.self,
        ]),
      CommandGroup(
        name: "Management commands",
        subcommands: [
          ImageCommand.self, VolumeCommand.self, NetworkCommand.self, ContainerCommand.self,
          BuilderCommand.self, SystemdCommand.self, AlphaCommand.self,
        ]),
    ])

  func run() throws { throw CleanExit.helpRequest(RoostCommand.self) }
}
