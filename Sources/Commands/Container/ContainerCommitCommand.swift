import ArgumentParser
import Engine

/// `roost container commit`: an image of what a container has become.
struct ContainerCommitCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Make an image of what a container has become.",
    discussion: "What lies in volumes and other mounts is not part of it.")

  @OptionGroup var flags: CommitFlags
  @Argument(help: "The container, by name or id.")
  var container: String
  @Argument(help: "The name of the image; none leaves it without.")
  var image: String?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try flags.commit(container, as: image, in: context)
  }
}
