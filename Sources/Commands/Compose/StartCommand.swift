import ArgumentParser
import Engine

/// `roost start`: start existing containers.
struct StartCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start existing containers.")

  @Flag(help: "Wait until everything runs or is healthy.")
  var wait = false
  @Option(help: "Seconds to wait at most.")
  var waitTimeout: Int?

  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services, comparing: true)
    if context.global.dryRun {
      return context.show(plan: try context.engine().planStart(selection, services: services))
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("start"))
    try engine.start(
      selection, services: services, wait: wait,
      waitTimeout: CommandContext.seconds(waitTimeout))
  }
}
