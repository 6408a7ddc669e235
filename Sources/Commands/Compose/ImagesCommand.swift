import ArgumentParser
import Engine
import Linux
import Model

/// `roost images`: the images of created containers.
struct ImagesCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "images", abstract: "List the images of the created containers.")

  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only ids.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    let images = try context.engine().images(selection, services: services)
    if quiet {
      var seen: Set<String> = []
      for image in images where seen.insert(image.id.hex).inserted { context.print(image.id.hex) }
      return
    }
    let isJSON = format == "json"
    let listing = Listing(
      columns: [
        .init("Container"), .init("Repository"), .init("Tag"), .init("Platform"),
        .init("ID", "IMAGE ID"), .init("Size"), .init("Created"),
      ],
      rows: images.map { isJSON ? object($0) : row($0) }, jsonForm: .array)
    context.print(try listing.text(format: format), terminator: "")
  }

  private func row(_ image: ContainerImage) -> JSON {
    let age = image.created.map {
      HumanDuration.text(seconds: Clock.now().seconds - $0.seconds) + " ago"
    }
    return [
      "Container": .string(image.container),
      "Repository": .string(image.repository.isEmpty ? "<none>" : image.repository),
      "Tag": .string(image.tag.isEmpty ? "<none>" : image.tag),
      "Platform": .string(image.platform), "ID": .string(image.id.short),
      "Size": .string(HumanSize.decimal(image.size)), "Created": .string(age ?? "N/A"),
    ]
  }

  private func object(_ image: ContainerImage) -> JSON {
    [
      "ID": .string("sha256:\(image.id.hex)"), "ContainerName": .string(image.container),
      "Repository": .string(image.repository), "Tag": .string(image.tag),
      "Platform": .string(image.platform), "Size": .integer(image.size),
      "Created": image.created.map { .string($0.rfc3339) } ?? .null,
      "LastTagTime": "0001-01-01T00:00:00Z",
    ]
  }
}
