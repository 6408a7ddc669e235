import ArgumentParser
import Engine
import Glibc
import Image
import Model

/// `roost image load`: images from an archive.
struct ImageLoadCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Take in the images of an archive that save made.")

  @Option(name: [.customShort("i"), .long], help: "The archive; standard input when left out.")
  var input: String?
  @Flag(name: [.customShort("q"), .long], help: "Say less.")
  var quiet = false

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    if input == nil, isatty(0) == 1 {
      throw EngineError(
        "standard input is a terminal", hint: "name an archive with --input, or pipe one in")
    }
    let source: ImageSource = input.map { .file(context.absolute($0)) } ?? .descriptor(0)
    let name = input ?? "from standard input"
    let activity = ActivityProgress(
      context.progressOnTerminal("load", quiet: quiet), ProgressEvent.Resource(.image, name),
      .loading)
    var store = context.images
    store.onRead = { activity.add($0) }
    for image in try activity.run(.loaded, { try store.load(source) }) {
      if image.references.isEmpty { context.print("Loaded image ID: sha256:\(image.id.hex)") }
      for reference in image.references { context.print("Loaded image: \(reference.familiar)") }
    }
  }
}
