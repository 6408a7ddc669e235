import ArgumentParser
import Engine
import Model

/// `roost ls`: the projects on this machine.
struct ListCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the projects on this host.")

  @Flag(name: [.customShort("a"), .long], help: "Also those of which nothing runs.")
  var all = false
  @Option(help: ArgumentHelp("Only projects with a property.", valueName: "name=text"))
  var filter: [String] = []
  @Option(help: "table or json.")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only names.")
  var quiet = false

  func run(in context: CommandContext) throws {
    var names: [String] = []
    for word in filter {
      guard word.hasPrefix("name=") else {
        throw EngineError("--filter \(word): only name=TEXT is known")
      }
      names.append(String(word.dropFirst(5)))
    }
    let projects = try context.engine().projects(all: all).filter { project in
      names.allSatisfy { project.name.contains($0) }
    }
    if quiet { return projects.forEach { context.print($0.name) } }
    let listing = Listing(
      columns: [.init("Name"), .init("Status"), .init("ConfigFiles", "CONFIG FILES")],
      rows: projects.map { project in
        [
          "Name": .string(project.name), "Status": .string(project.status),
          "ConfigFiles": .string(project.files.joined(separator: ",")),
        ]
      }, jsonForm: .array)
    context.print(try listing.text(format: format), terminator: "")
  }
}
