import ArgumentParser

/// `roost systemd …`: projects that come back when the machine does.
struct SystemdCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "systemd", abstract: "Have systemd bring projects back after a reboot.",
    subcommands: [
      SystemdInstallCommand.self, SystemdUninstallCommand.self, SystemdStartCommand.self,
      SystemdStopCommand.self,
    ])
}
