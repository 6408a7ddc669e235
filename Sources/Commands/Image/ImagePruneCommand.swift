import ArgumentParser
import Engine
import Image
import Model

/// `roost image prune`.
struct ImagePruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove images that no container uses.",
    discussion: "With --all and without --filter, also the build cache of what is gone then.")

  @Flag(name: [.customShort("a"), .long], help: "Also images with a name.")
  var all = false
  @Option(help: ArgumentHelp("Only some images: label=KEY[=VALUE].", valueName: "filter"))
  var filter: [String] = []
  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let cached = all && filter.isEmpty ? " and the build cache that belongs to no image" : ""
    let kind = (all ? "all images that no container uses" : "all unnamed images") + cached
    guard force || Question.ask("This removes \(kind). Go on?") else { return }
    let use = try context.engine().imageUse()
    let result = try context.images.prune(all: all, damaged: context.show) {
      (image) throws(Diagnostic) in
      if !use.containers(of: image).isEmpty { return true }
      do {
        return try !filter.allSatisfy { try ImageFilter.matches(image, filter: $0) }
      } catch let error as EngineError {
        throw error.diagnostics.first
          ?? Diagnostic(
            .error, "the filter cannot be read")
      } catch {
        throw Diagnostic(
          .error, "\(error)")
      }
    }
    try context.engine().removeLeftovers()
    var reclaimed = result.reclaimed
    if all, filter.isEmpty {
      reclaimed += try context.images.pruneBuildCache(BuildCachePruning()).reclaimed
    }
    if !result.removals.isEmpty { context.print("Deleted Images:") }
    result.removals.forEach { context.print(ImageRemovalText.text($0)) }
    context.print("Total reclaimed space: \(HumanSize.decimal(reclaimed))")
  }
}
