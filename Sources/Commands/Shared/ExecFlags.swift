import ArgumentParser
import Engine

/// How `exec` runs a command, in the container of a service or in any.
struct ExecFlags: ParsableArguments {
  @Flag(name: [.customShort("d"), .long], help: "Run in the background.")
  var detach = false
  @Option(
    name: [.customShort("e", allowingJoined: true), .long],
    help: "Set a variable, or pass ours on; may be repeated.")
  var env: [String] = []
  @Flag(help: "Run with all rights.")
  var privileged = false
  @Option(name: [.customShort("u"), .long], help: "Run as this user[:group].")
  var user: String?
  @Option(name: [.customShort("w"), .long], help: "Working directory in the container.")
  var workdir: String?

  /// The same for the engine.
  func options(
    service: String, _ command: [String], in context: CommandContext
  ) -> ExecOptions {
    var options = ExecOptions(service: service, command: command)
    options.environment = EnvironmentArgument.parse(env, context).compactMap { entry in
      entry.value.map { (entry.key, $0) }
    }
    options.user = user
    options.workingDirectory = workdir
    options.privileged = privileged
    options.detach = detach
    return options
  }
}
