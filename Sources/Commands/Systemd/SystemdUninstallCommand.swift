import ArgumentParser
import Engine
import Linux

/// `roost systemd uninstall`: remove the unit of a project. Its containers go on.
struct SystemdUninstallCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Remove the unit of a project; its containers go on.")

  @Argument(help: "The project; none means that of the Compose file.")
  var project: String?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let unit = try SystemdUnit.of(project, in: context)
    guard Files.exists(unit.path) else {
      throw EngineError(
        "project \(unit.project) has no unit: there is no \(unit.path)",
        hint: "`roost systemd install` makes one")
    }
    let systemctl = try Systemctl()
    // Disabled, not stopped: that would stop its containers.
    try systemctl.run("disable", unit.name)
    try Files.removeIfPresent(unit.path)
    if systemctl.isRunning { try systemctl.run("daemon-reload") }
  }
}
