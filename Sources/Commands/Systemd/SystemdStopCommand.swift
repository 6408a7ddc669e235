import ArgumentParser
import Engine

/// `roost systemd stop`: what the unit of a project runs when the machine goes down.
struct SystemdStopCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Stop containers so that `roost systemd start` starts them again.")

  @Argument(help: "Projects; none means all.")
  var projects: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("stop"))
    let known = try engine.projects(all: true).map(\.name)
    // A project that is gone has nothing to stop: its unit may still be there.
    let wanted = projects.isEmpty ? known : projects.filter(known.contains)
    try context.forEachProject(wanted, engine.suspend)
  }
}
