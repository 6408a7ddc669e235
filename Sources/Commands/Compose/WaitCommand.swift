import ArgumentParser
import Engine
import Model
import Planning

/// `roost wait`: block until containers end.
struct WaitCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until containers end; exit with the last one's code.")

  @Flag(help: "Take the project down when the first container ends.")
  var downProject = false
  @Argument(help: "Services.")
  var services: [String]

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    let code = try context.engine().wait(selection, services: services, first: downProject) {
      context.print("container \"\($0.id.hex)\" exited with status code \($1)")
    }
    if downProject {
      try context.requireRoot()
      try context.engine(progress: context.progress("down")).down(selection, DownOptions())
    }
    if code != 0 { throw SilentExit(code: code) }
  }
}
