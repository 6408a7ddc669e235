import ArgumentParser
import Engine
import Planning

/// `roost down`: stop and remove.
struct DownCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop and remove containers and networks.")

  @Flag(help: "Remove containers of services that are not in the file.")
  var removeOrphans = false
  @Option(help: "Remove images of the services: all, or local (built without a name).")
  var rmi: String?
  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?
  @Flag(
    name: [.customShort("v"), .long],
    help: "Remove named volumes of the file and anonymous volumes.")
  var volumes = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws {
    if let rmi, DownOptions.Images(rawValue: rmi) == nil {
      throw ValidationError("--rmi \(rmi): expected all or local")
    }
  }

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    var options = DownOptions()
    options.services = services
    options.removeOrphans =
      removeOrphans || context.processEnvironment.variables["COMPOSE_REMOVE_ORPHANS"].isTrue
    options.volumes = volumes
    options.images = rmi.flatMap(DownOptions.Images.init)
    options.timeout = CommandContext.patience(timeout)
    if context.global.dryRun {
      return context.show(plan: try context.engine().planDown(selection, options))
    }
    try context.requireRoot()
    try context.engine(progress: context.progress("down")).down(selection, options)
  }
}
