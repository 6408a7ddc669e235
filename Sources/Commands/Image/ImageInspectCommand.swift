import ArgumentParser
import Engine
import Image
import Model

/// `roost image inspect`.
struct ImageInspectCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of images.")

  @Option(name: [.customShort("f"), .long], help: "json or a Go template.")
  var format: String?
  @ArgumentParser.Argument(help: "Images, by name or id.")
  var images: [String]

  func run(in context: CommandContext) throws {
    let store = context.images
    try Inspection.print(images, kind: "image", format: format, in: context) { name in
      try store.find(name).map(store.inspect)
    } candidates: {
      ((try? store.list()) ?? []).flatMap { $0.references.map(\.familiar) }
    }
  }
}
