import ArgumentParser
import Engine
import Glibc
import Image
import Linux
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
    let made = try context.engine().commit(container: container, options)
    context.print("sha256:\(made.hex)")
  }
}

/// `roost container diff`: what a container changed in its file system.
struct ContainerDiffCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what a container changed in its file system.",
    discussion: "A: added, C: changed, D: deleted.")

  @ArgumentParser.Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    for change in try context.engine().changes(container: container) {
      context.print("\(change.kind.rawValue) \(change.path)")
    }
  }
}

/// `roost container export`: a container's file system as a tar.
struct ContainerExportCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a container's file system to a tar.",
    discussion: "What lies in volumes and other mounts is not part of it.")

  @Option(name: [.customShort("o"), .long], help: "The tar; standard output when left out.")
  var output: String?
  @ArgumentParser.Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let engine = context.engine()
    guard let output, output != "-" else {
      if isatty(1) == 1 {
        throw EngineError(
          "standard output is a terminal", hint: "name a file with --output, or redirect")
      }
      return try engine.export(container: container, to: 1)
    }
    // A half-written tar is never seen under its name.
    let path = context.absolute(output)
    let partial = "\(path).part"
    let file = try Files.open(partial, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
    do {
      try engine.export(container: container, to: file.raw)
      try Files.rename(partial, path)
    } catch {
      try? Files.removeIfPresent(partial)
      throw error
    }
  }
}
