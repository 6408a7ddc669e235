import ArgumentParser
import Engine
import Model

/// `roost container attach`.
struct ContainerAttachCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Join the streams of a container that runs.")

  @Option(help: "The keys that leave a terminal without ending the container.")
  var detachKeys: String?
  @Flag(help: "Do not pass standard input on.")
  var noStdin = false
  @Flag(inversion: .prefixedNo, help: "Pass the signals that we get on to the container.")
  var sigProxy = true
  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    var options = ForegroundOptions()
    options.interactive = !noStdin
    options.passesSignals = sigProxy
    if let detachKeys {
      guard let keys = ForegroundOptions.detachKeys(detachKeys) else {
        throw ValidationError("--detach-keys \(detachKeys): expected keys such as ctrl-p,ctrl-q")
      }
      options.detachKeys = keys
    }
    if sigProxy { SignalForwarding.forwardAll() }
    context.revive(container: container)
    let code = try context.engine().attach(container: container, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}
