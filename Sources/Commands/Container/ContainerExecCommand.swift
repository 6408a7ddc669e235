import ArgumentParser
import Engine
import Glibc
import Model

/// `roost container exec`.
struct ContainerExecCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a container that runs.",
    usage: "roost container exec [<options>] <container> <command> ...")

  @Flag(name: [.customShort("d"), .long], help: "Run in the background.")
  var detach = false
  @Option(
    name: [.customShort("e", allowingJoined: true), .long],
    help: "Set a variable, or pass ours on; may be repeated.")
  var env: [String] = []
  @Flag(name: [.customShort("i"), .long], help: "Pass standard input on.")
  var interactive = false
  @Flag(name: [.customShort("t"), .long], help: "Give it a terminal.")
  var tty = false
  @Flag(help: "Run with all rights.")
  var privileged = false
  @Option(name: [.customShort("u"), .long], help: "Run as this user[:group].")
  var user: String?
  @Option(name: [.customShort("w"), .long], help: "Working directory in the container.")
  var workdir: String?
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
    if tty, interactive, !detach, isatty(0) == 0 {
      throw EngineError(
        "-t was given, but standard input is no terminal", hint: "leave out -t to pass a pipe on")
    }
    var options = ExecOptions(service: "", command: command)
    options.environment = EnvironmentArgument.parse(env, context).compactMap { entry in
      entry.value.map { (entry.key, $0) }
    }
    options.user = user
    options.workingDirectory = workdir
    options.privileged = privileged
    options.interactive = interactive
    options.detach = detach
    options.terminal = tty && !detach
    let code = try context.engine().exec(container: container, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}
