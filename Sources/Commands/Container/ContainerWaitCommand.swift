import ArgumentParser
import Engine
import Model

/// `roost container wait`.
struct ContainerWaitCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until containers end, and print their exit codes.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    let engine = context.engine()
    for name in containers { context.print("\(try engine.waitForContainer(name))") }
  }
}
