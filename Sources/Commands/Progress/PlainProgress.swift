import Engine
import Model

/// Progress as one line an event on standard error, for logs and pipes.
struct PlainProgress: ProgressReporter {
  let context: CommandContext

  func report(_ event: ProgressEvent) {
    guard !event.isTick else { return }
    var line = " \(event.resource.kind.rawValue) \(event.resource.name) \(event.phase.rawValue)"
    if let detail = event.detail { line += " \(detail)" }
    if context.global.dryRun { line = " DRY-RUN MODE -" + line }
    Output.write("\(line)\n" as TerminalText, to: context.progressDescriptor)
  }

  func warn(_ diagnostic: Diagnostic) { context.show(diagnostic) }

  func output(_ line: String, of resource: ProgressEvent.Resource) {
    // The number that it begins with tells the builds apart.
    Output.write(
      "\(BuildOutput.shown(line))\n" as TerminalText, to: context.progressDescriptor)
  }
}

/// Lines of a build.
enum BuildOutput {
  /// A line without the carriage returns that some programs end it with.
  static func shown(_ line: String) -> String {
    var scalars = line.unicodeScalars[...]
    while scalars.last == "\r" { scalars.removeLast() }
    return String(scalars)
  }
}

/// No progress, only warnings.
struct QuietProgress: ProgressReporter {
  let context: CommandContext

  func report(_ event: ProgressEvent) {}
  func warn(_ diagnostic: Diagnostic) { context.show(diagnostic) }
  func output(_ line: String, of resource: ProgressEvent.Resource) {}
}
