import ArgumentParser
import Engine
import Image
import Model

/// The options of `commit` and `container commit`.
struct CommitFlags: ParsableArguments {
  @Option(name: [.customShort("a"), .long], help: "Who made it.")
  var author: String?
  @Option(
    name: [.customShort("c"), .long],
    help: "A Dockerfile instruction that sets something of the image; may be repeated.")
  var change: [String] = []
  @Option(name: [.customShort("m"), .long], help: "A remark for the history.")
  var message: String?
  @Flag(
    name: [.customShort("p"), .long], inversion: .prefixedNo,
    help: "Pause the container meanwhile.")
  var pause = true

  /// Makes an image of a container, and prints what it is.
  func commit(_ container: String, as image: String?, in context: CommandContext) throws {
    var options = CommitOptions()
    options.reference = try image.map { try Reference($0) }
    options.author = author
    options.message = message
    options.changes = change
    options.pause = pause
    let activity = ActivityProgress(
      context.progressOnTerminal("commit"), ProgressEvent.Resource(.container, container),
      .committing)
    let made = try activity.run(.committed) {
      try context.engine().commit(container: container, options) { activity.add($0) }
    }
    context.print("sha256:\(made.hex)")
  }
}
