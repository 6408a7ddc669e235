import ArgumentParser
import Engine
import Image
import Model

/// `roost image rm`.
struct ImageRemoveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove images.", aliases: ["remove"])

  @Flag(name: [.customShort("f"), .long], help: "Also with several names, or in use.")
  var force = false
  @ArgumentParser.Argument(help: "Images, by name or id.")
  var images: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    var failures: [Diagnostic] = []
    for name in images {
      do throws(Diagnostic) {
        let removals = try context.images.remove(name, force: force, users: context.users)
        removals.forEach { context.print(ImageRemovalText.text($0)) }
      } catch {
        failures.append(error)
      }
    }
    if !failures.isEmpty { throw EngineError(failures) }
  }
}

/// Removals in Docker's words.
enum ImageRemovalText {
  /// One line.
  static func text(_ removal: ImageRemoval) -> String {
    switch removal {
    case .untagged(let name): "Untagged: \(name)"
    case .deleted(let id): "Deleted: sha256:\(id.hex)"
    }
  }
}
