import ArgumentParser

/// `roost network …`: networks by themselves.
struct NetworkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Work on networks.",
    subcommands: [
      NetworkCreateCommand.self, NetworkConnectCommand.self, NetworkDisconnectCommand.self,
      NetworkListCommand.self, NetworkInspectCommand.self, NetworkRemoveCommand.self,
      NetworkPruneCommand.self,
    ])
}
