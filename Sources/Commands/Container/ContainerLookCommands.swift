import ArgumentParser
import Engine
import Glibc
import Model

/// `roost container logs`.
struct ContainerLogsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what a container wrote.")

  @Flag(name: [.customShort("f"), .long], help: "Wait for more.")
  var follow = false
  @Option(help: "Only lines since a time (2026-01-02T13:23:37Z) or an age (42m).")
  var since: String?
  @Option(name: [.customShort("n"), .long], help: "Number of lines at the end, or all.")
  var tail = "all"
  @Flag(name: [.customShort("t"), .long], help: "Show times.")
  var timestamps = false
  @Option(help: "Only lines until a time or an age.")
  var until: String?
  @Argument(help: "The container, by name or id.")
  var container: String

  func validate() throws {
    if tail != "all", Int(tail) == nil {
      throw ValidationError("--tail \(tail): expected a number or all")
    }
  }

  func run(in context: CommandContext) throws {
    var options = LogOptions()
    options.follow = follow
    options.since = try MomentArgument.parse(since, option: "--since")
    options.until = try MomentArgument.parse(until, option: "--until")
    options.tail = Int(tail).flatMap { $0 < 0 ? nil : $0 }
    let style = LogStyle(prefix: false, timestamps: timestamps, color: false)
    var printer = LogPrinter(style: style, outputStyle: context.outputStyle)
    try context.engine().logs(container: container, options) { printer.print($0) }
    if context.interruption.isInterrupted { throw SilentExit(code: 130) }
  }
}

/// `roost container top`.
struct ContainerTopCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "top", abstract: "Show the processes of a container.")

  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    let listed = try context.engine().processes(container: container)
    var table = Table(ProcessRow.heads)
    table.rows = listed.processes.map(ProcessRow.cells)
    context.print(table.text())
  }
}

/// `roost container port`.
struct ContainerPortCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "port", abstract: "Print where a container's ports are published.")

  @Argument(help: "The container, by name or id.")
  var container: String
  @Argument(help: "The port in the container, as 80 or 53/udp; none means all.")
  var port: String?

  func run(in context: CommandContext) throws {
    let found = try context.engine().container(container)
    let published = found.ports.filter { $0.hostPort != nil }
    guard let port else {
      let lines = published.map { "\($0.containerPort)/\($0.protocol) -> \(Self.text($0))" }
      return lines.forEach { context.print($0) }
    }
    let wanted = port.contains("/") ? port : "\(port)/tcp"
    let matches = published.filter { "\($0.containerPort)/\($0.protocol)" == wanted }
    guard !matches.isEmpty else {
      let known = Set(published.map { "\($0.containerPort)/\($0.protocol)" }).sorted()
      throw EngineError(
        "no port \(wanted) of container \(found.name) is published",
        hint: known.isEmpty
          ? "it publishes no port" : "it publishes \(known.joined(separator: ", "))")
    }
    matches.forEach { context.print(Self.text($0)) }
  }

  private static func text(_ port: ContainerSummary.Port) -> String {
    let address = port.hostAddress ?? "0.0.0.0"
    return "\(address.contains(":") ? "[\(address)]" : address):\(port.hostPort ?? 0)"
  }
}

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
