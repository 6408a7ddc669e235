import ArgumentParser
import Engine
import Glibc
import Linux
import Model

/// The options of `export` and `container export`.
struct ExportFlags: ParsableArguments {
  @Option(name: [.customShort("o"), .long], help: "The tar; standard output when left out.")
  var output: String?

  /// Writes the file system of a container to where the options say.
  func export(_ container: String, in context: CommandContext) throws {
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
