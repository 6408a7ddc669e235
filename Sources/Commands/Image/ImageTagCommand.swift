import ArgumentParser
import Image

/// `roost image tag`.
struct ImageTagCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Give an image another name.")

  @ArgumentParser.Argument(help: "The image, by name or id.")
  var source: String
  @ArgumentParser.Argument(help: "The new name.")
  var target: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try context.images.tag(source, as: target)
  }
}
