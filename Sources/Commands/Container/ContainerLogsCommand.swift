import ArgumentParser
import Engine
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
