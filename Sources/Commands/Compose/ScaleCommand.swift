import ArgumentParser
import Engine
import Planning

/// `roost scale web=3`: change the number of containers.
struct ScaleCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "scale", abstract: "Set the number of containers of services.")

  @Flag(help: "Leave out the services that these depend on.")
  var noDeps = false
  @Argument(help: ArgumentHelp("Service and number, such as web=3.", valueName: "service=n"))
  var numbers: [String]

  func validate() throws { _ = try ScaleArgument.parse(numbers) }

  func run(in context: CommandContext) throws {
    let scale = try ScaleArgument.parse(numbers)
    let services = scale.keys.sorted()
    let project = try context.project(services: services)
    var options = UpOptions()
    options.create.services = services
    options.create.scale = scale
    options.create.noDependencies = noDeps
    // `scale` changes numbers, nothing else: containers that are there stay.
    options.create.recreate = .never
    if context.global.dryRun {
      return context.show(plan: try context.engine().plan(project, options))
    }
    try context.requireRoot()
    try context.engine(progress: context.progress("scale")).up(project, options)
  }
}
