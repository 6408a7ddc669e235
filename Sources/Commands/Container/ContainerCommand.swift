import ArgumentParser

/// `roost container …`: containers of all projects.
struct ContainerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "container", abstract: "Work on containers of all projects.",
    subcommands: [
      ContainerListCommand.self, ContainerInspectCommand.self, ContainerRemoveCommand.self,
    ])
}
