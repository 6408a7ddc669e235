import ArgumentParser
import Engine
import Glibc
import Image
import Linux
import Model

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
    try HostOutput.write(to: context.absolute(output)) {
      try engine.export(container: container, to: $0)
    }
  }
}
