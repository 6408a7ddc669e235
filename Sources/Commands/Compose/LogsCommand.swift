import ArgumentParser
import Engine
import Linux
import Model

/// `roost logs`: what containers wrote.
struct LogsCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what containers wrote.")

  @OptionGroup var lines: LogFlags
  @Option(help: "Number of the container when a service has several.")
  var index: Int?
  @Flag(help: "No colours.")
  var noColor = false
  @Flag(help: "No name before the lines.")
  var noLogPrefix = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    var options = try lines.options()
    options.services = services
    options.index = index
    let engine = context.engine()
    engine.revive(project: selection.name).forEach(context.show)
    let style = LogStyle(prefix: !noLogPrefix, timestamps: lines.timestamps, color: !noColor)
    var printer = LogPrinter(style: style, outputStyle: context.outputStyle)
    printer.add(try engine.logSources(selection, options))
    try engine.logs(selection, options) { printer.print($0) }
    printer.finish()
    if context.interruption.isInterrupted { throw SilentExit(code: 130) }
  }
}

/// A moment on the command line: RFC 3339, seconds since the epoch, or an age such as `1h30m`.
enum MomentArgument {
  /// The moment; nil when the option was not given.
  static func parse(_ text: String?, option: String) throws -> Timestamp? {
    guard let text else { return nil }
    if let moment = Timestamp(rfc3339: text) { return moment }
    if let seconds = Int64(text) { return Timestamp(seconds: seconds) }
    if text.count == 10, let moment = Timestamp(rfc3339: text + "T00:00:00Z") { return moment }
    if text.count == 19, let moment = Timestamp(rfc3339: text + "Z") { return moment }
    if let age = age(text) {
      return Timestamp(nanoseconds: Clock.now().nanoseconds - age)
    }
    throw ValidationError(
      "\(option) \(text): expected a time such as 2026-01-02T13:23:37Z or an age such as 42m")
  }

  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ("d", 86_400e9),
  ]

  private static func age(_ text: String) -> Int64? {
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let count = Double(digits), let unit = units.first(where: { $0.name == name }) else {
        return nil
      }
      total += count * unit.nanoseconds
    }
    return text.isEmpty || total > 9e18 ? nil : Int64(total)
  }
}
