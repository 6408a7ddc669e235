import ArgumentParser

/// `roost container …`: containers by themselves, of projects or not.
struct ContainerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "container", abstract: "Work on single containers, of projects or not.",
    groupedSubcommands: [
      CommandGroup(
        name: "Bring up and take down",
        subcommands: [
          ContainerRunCommand.self, ContainerCreateCommand.self, ContainerStartCommand.self,
          ContainerStopCommand.self, ContainerRestartCommand.self, ContainerKillCommand.self,
          ContainerPauseCommand.self, ContainerUnpauseCommand.self, ContainerRemoveCommand.self,
          ContainerPruneCommand.self,
        ]),
      CommandGroup(
        name: "Look",
        subcommands: [
          ContainerListCommand.self, ContainerInspectCommand.self, ContainerLogsCommand.self,
          ContainerTopCommand.self, ContainerStatsCommand.self, ContainerPortCommand.self,
          ContainerWaitCommand.self,
        ]),
      CommandGroup(
        name: "Work inside",
        subcommands: [ContainerExecCommand.self, ContainerAttachCommand.self]),
      CommandGroup(
        name: "Files",
        subcommands: [
          ContainerCopyCommand.self, ContainerCommitCommand.self, ContainerDiffCommand.self,
          ContainerExportCommand.self,
        ]),
    ])
}
