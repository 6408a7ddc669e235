import ArgumentParser
import Engine
import Image
import Model
import Transfer

/// `roost image push`: an image to a registry.
struct ImagePushCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Bring an image to a registry.")

  @Flag(name: [.customShort("a"), .long], help: "Push all tags of the repository.")
  var allTags = false
  @Flag(name: [.customShort("q"), .long], help: "Print only the image's name.")
  var quiet = false
  @ArgumentParser.Argument(help: ArgumentHelp("The image.", valueName: "name[:tag]"))
  var image: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let given = try Reference(image)
    let display = TransferDisplay(context, quiet: quiet)
    display.announce("The push refers to repository [\(given.repository)]")
    for reference in try references(given, context) {
      let result = try context.engine().pushImage(reference, progress: display)
      display.announce("\(reference.tag ?? ""): digest: \(result.digest) size: \(result.size)")
      if quiet { context.print(reference.description) }
    }
  }

  private func references(_ given: Reference, _ context: CommandContext) throws -> [Reference] {
    guard allTags else { return [given] }
    let tagged = try context.images.list().flatMap(\.references)
      .filter { $0.repository == given.repository }
    guard !tagged.isEmpty else {
      throw EngineError(
        "no image has a name in \(given.repository)",
        hint: "'roost image ls' lists the images there are")
    }
    return tagged.sorted { $0.description < $1.description }
  }
}
