import ArgumentParser
import Engine
import Glibc
import Model

/// `roost exec`: run a command in a running container.
struct ExecCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a running container.")

  @OptionGroup var flags: ExecFlags
  @Option(help: "Number of the container when a service has several.")
  var index: Int?
  @Flag(
    name: [.customShort("T"), .customLong("no-tty"), .customLong("no-TTY")],
    help: "No terminal, even when there is one.")
  var noTTY = false
  @Flag(name: [.customShort("i"), .long], inversion: .prefixedNo, help: .hidden)
  var interactive = true
  @Flag(name: [.customShort("t"), .long], help: .hidden)
  var tty = false
  @Argument(help: "The service.")
  var service: String
  @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
  var command: [String] = []

  func validate() throws {
    guard !command.isEmpty else {
      throw ValidationError("the command is missing, as in: roost exec \(service) sh")
    }
  }

  func run(in context: CommandContext) throws {
    if context.global.dryRun {
      let running = try context.containers(
        of: context.selection(), [service], in: [.running])
      let name = running.first { $0.hasSuffix("-\(index ?? 1)") } ?? running.first
      guard let name else { throw EngineError("service \(service) is not running") }
      return context.show(
        "execute \(command.joined(separator: " "))", [name], because: "exec was asked for")
    }
    try context.requireRoot()
    var options = flags.options(service: service, command, in: context)
    options.index = index
    options.interactive = interactive
    options.terminal = !noTTY && !flags.detach && isatty(0) == 1 && isatty(1) == 1
    let selection = try context.selection()
    context.engine().revive(project: selection.name).forEach(context.show)
    let code = try context.engine().exec(selection, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}

/// `-e NAME=value`, or `-e NAME` for the caller's own value.
enum EnvironmentArgument {
  /// The variables in order; nil values are not set anywhere.
  static func parse(
    _ words: [String], _ context: CommandContext
  ) -> [(key: String, value: String?)] {
    words.map { word in
      guard let mark = word.firstIndex(of: "=") else {
        return (word, context.processEnvironment.variables[word])
      }
      return (String(word[..<mark]), String(word[word.index(after: mark)...]))
    }
  }
}
