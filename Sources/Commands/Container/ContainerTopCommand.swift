import ArgumentParser
import Engine
import Model

/// `roost container top`.
struct ContainerTopCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show the processes of a container.")

  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    let listed = try context.engine().processes(container: container)
    var table = Table(ProcessRow.heads)
    table.rows = listed.processes.map(ProcessRow.cells)
    context.print(table.text())
  }
}
