import ArgumentParser
import Engine

/// Which lines `logs` shows, of a service or of a container.
struct LogFlags: ParsableArguments {
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

  func validate() throws {
    if tail != "all", Int(tail) == nil {
      throw ValidationError("--tail \(tail): expected a number or all")
    }
    _ = try options()
  }

  /// The same for the engine; ages count from now.
  func options() throws -> LogOptions {
    var options = LogOptions()
    options.follow = follow
    options.since = try MomentArgument.parse(since, option: "--since")
    options.until = try MomentArgument.parse(until, option: "--until")
    options.tail = Int(tail).flatMap { $0 < 0 ? nil : $0 }
    return options
  }
}
