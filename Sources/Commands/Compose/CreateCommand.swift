import ArgumentParser
import Compose
import Engine

/// `roost create`: create without starting.
struct CreateCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create containers without starting them.")

  @OptionGroup var creation: CreationOptions
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws { try creation.validateRules() }

  func run(in context: CommandContext) throws {
    let project = try context.locked(creation.locked).project(
      starting: services, yes: creation.yes)
    let options = try creation.options(services: services, project.environment)
    if context.global.dryRun {
      var up = UpOptions()
      up.create = options
      up.start = false
      return context.show(plan: try context.engine().plan(project, up))
    }
    try context.requireRoot()
    try context.engine(progress: context.progress("create")).create(project, options)
  }
}
