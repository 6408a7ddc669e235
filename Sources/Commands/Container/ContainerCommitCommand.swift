import ArgumentParser
import Engine
import Image
import Model

/// `roost container commit`: an image of what a container has become.
struct ContainerCommitCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Make an image of what a container has become.",
    discussion: "What lies in volumes and other mounts is not part of it.")

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
  @ArgumentParser.Argument(help: "The container, by name or id.")
  var container: String
  @ArgumentParser.Argument(help: "The name of the image; none leaves it without.")
  var image: String?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
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
