import ArgumentParser
import Compose
import Engine
import Model

/// `roost container create IMAGE`: a container that is started later.
struct ContainerCreateCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a container of an image without starting it.",
    usage: "roost container create [<options>] <image> [<command> ...]")

  @OptionGroup var flags: ContainerFlags
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The image, then the command and its arguments.", valueName: "image"))
  var words: [String] = []

  func run(in context: CommandContext) throws {
    let project = try flags.project(words, of: Self.self, in: context)
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("create", quiet: flags.quiet))
    let options = flags.options(detach: true)
    let result = try engine.createContainer(project, options) { id throws(EngineError) in
      try flags.writeIdentity(id, in: context)
    }
    context.print(result.id.hex)
  }
}
