import ArgumentParser

/// `roost volume …`: volumes by themselves.
struct VolumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume", abstract: "Work on volumes.",
    subcommands: [
      VolumeCreateCommand.self, VolumeListCommand.self, VolumeInspectCommand.self,
      VolumeRemoveCommand.self,
      VolumePruneCommand.self,
    ])
}
