import ArgumentParser
import Compose
import Engine
import Image
import Model

/// `roost builder prune`.
struct BuilderPruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Empty the build cache.",
    discussion: """
      Without --all, what the images of the store are made of stays in the cache, so that \
      building them again is quick.
      """)

  @Flag(name: [.customShort("a"), .long], help: "Also what images are made of.")
  var all = false
  @Option(
    help: ArgumentHelp(
      "Only what was not used since: until=TIME or until=AGE.", valueName: "filter"))
  var filter: [String] = []
  @Option(
    name: [.long, .customLong("reserved-space")],
    help: ArgumentHelp("Keep what was used last, up to this size.", valueName: "size"))
  var keepStorage: String?
  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false

  func run(in context: CommandContext) throws {
    let pruning = try pruning()
    try context.requireRoot()
    let kind = all ? "all of the build cache" : "what no image is made of from the build cache"
    let bound = filter.isEmpty && keepStorage == nil ? "" : ", within the bounds given"
    guard force || Question.ask("This removes \(kind)\(bound). Go on?") else { return }
    try context.engine().removeLeftovers()
    let result = try context.images.pruneBuildCache(pruning)
    context.print("Results removed: \(result.results)")
    context.print("Total reclaimed space: \(HumanSize.decimal(result.reclaimed))")
  }

  /// What the options ask for.
  func pruning() throws -> BuildCachePruning {
    var pruning = BuildCachePruning()
    pruning.isAll = all
    for word in filter {
      let (key, value) = Assignment.split(word)
      guard key == "until" || key == "unused-for", let value else {
        throw EngineError("--filter \(word): expected until=TIME or until=AGE, such as until=24h")
      }
      pruning.unusedSince = try MomentArgument.parse(value, option: "--filter \(key)=")
    }
    if let keepStorage {
      do {
        pruning.keptBytes = try ByteSize.parse(keepStorage)
      } catch {
        throw EngineError("--keep-storage \(keepStorage): \(error.reason)", hint: error.hint)
      }
    }
    return pruning
  }
}
