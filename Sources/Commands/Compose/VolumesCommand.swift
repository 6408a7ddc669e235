import ArgumentParser
import Engine
import Model

/// `roost volumes`: the volumes of the project.
struct VolumesCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "volumes", abstract: "List the volumes of the project.")

  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only names.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    let engine = context.engine()
    var volumes = try engine.volumes(project: selection.name)
    if !services.isEmpty {
      var options = ListOptions()
      options.services = services
      options.all = true
      let containers = Set(try engine.containers(selection, options).map(\.name))
      volumes = volumes.filter { !containers.isDisjoint(with: $0.usedBy) }
    }
    try VolumeRow.print(volumes, format: format, quiet: quiet, in: context)
  }
}
