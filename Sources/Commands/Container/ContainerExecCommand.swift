import ArgumentParser
import Engine
import Glibc
import Model

/// `roost container exec`.
struct ContainerExecCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a container that runs.",
    usage: "roost container exec [<options>] <container> <command> ...")

  @OptionGroup var flags: ExecFlags
  @Flag(name: [.customShort("i"), .long], help: "Pass standard input on.")
  var interactive = false
  @Flag(name: [.customShort("t"), .long], help: "Give it a terminal.")
  var tty = false
  @Argument(help: "The container, by name or id.")
  var container: String
  @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
  var command: [String] = []

  func validate() throws {
    guard !command.isEmpty else {
      throw ValidationError(
        "the command is missing, as in: roost container exec \(container) sh")
    }
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    if tty, interactive, !flags.detach, isatty(0) == 0 {
      throw EngineError(
        "-t was given, but standard input is not a terminal", hint: "leave out -t to pass a pipe on"
      )
    }
    var options = flags.options(service: "", command, in: context)
    options.interactive = interactive
    options.terminal = tty && !flags.detach
    context.revive(container: container)
    let code = try context.engine().exec(container: container, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}
