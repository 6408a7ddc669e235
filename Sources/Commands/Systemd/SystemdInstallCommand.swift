import ArgumentParser
import Engine
import Linux

/// `roost systemd install`: write the unit of a project, and have it started with the machine.
struct SystemdInstallCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Write a unit that brings a project back when the machine starts.",
    discussion: """
      The unit starts the containers that ran before, as their restart policies want it, and stops \
      them in order when the machine goes down. The project has to be up once.
      """)

  @Flag(help: "Only show the unit.")
  var print = false
  @Argument(help: "The project; none means that of the Compose file.")
  var project: String?

  func run(in context: CommandContext) throws {
    let unit = try SystemdUnit.of(project, in: context)
    if print { return context.print(unit.text, terminator: "") }
    try context.requireRoot()
    let known = try context.engine().projects(all: true).map(\.name)
    guard known.contains(unit.project) else { throw UnknownProject.error(unit.project, known) }
    let systemctl = try Systemctl()
    try Files.writeAtomically(unit.path, Array(unit.text.utf8), mode: 0o644)
    if systemctl.isRunning {
      try systemctl.run("daemon-reload")
      try systemctl.run("enable", "--now", unit.name)
    } else {
      try systemctl.run("enable", unit.name)
    }
    context.print("\(unit.path)")
  }
}

extension SystemdUnit {
  /// The unit of a project that the command line names, or of that of the Compose file.
  static func of(_ project: String?, in context: CommandContext) throws -> SystemdUnit {
    let name = try project ?? context.selection(services: []).name
    return SystemdUnit(
      project: name, program: try Files.readLink("/proc/self/exe"), layout: context.layout)
  }
}
