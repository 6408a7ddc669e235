import ArgumentParser

/// `roost volume …`: volumes by themselves.
struct VolumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume", abstract: "Work on volumes.",
    subcommands: [
      VolumeListCommand.self, VolumeInspectCommand.self, VolumeRemoveCommand.self,
      VolumePruneCommand.self,
    ])
}
