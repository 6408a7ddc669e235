import ArgumentParser
import Engine
import Model

/// `roost container logs`.
struct ContainerLogsCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what a container wrote.")

  @OptionGroup var lines: LogFlags
  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    let style = LogStyle(
      prefix: false, timestamps: lines.timestamps, color: false, wholeLines: false,
      separatesStreams: true)
    var printer = LogPrinter(style: style, outputStyle: context.outputStyle)
    context.engine().revive(container: container).forEach(context.show)
    try context.engine().logs(container: container, lines.options()) { printer.print($0) }
    if context.interruption.isInterrupted { throw SilentExit(code: 130) }
  }
}
