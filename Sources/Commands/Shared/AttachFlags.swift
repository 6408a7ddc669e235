import ArgumentParser
import Engine

/// The options of `attach` and `container attach`.
struct AttachFlags: ParsableArguments {
  @Option(help: "The keys that leave a terminal without ending the container.")
  var detachKeys: String?
  @Flag(help: "Do not pass standard input on.")
  var noStdin = false
  @Flag(inversion: .prefixedNo, help: "Pass the signals that we get on to the container.")
  var sigProxy = true

  /// Joins the streams of a container, and ends as it does.
  func attach(to container: String, in context: CommandContext) throws {
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
    let code = try context.engine().attach(container: container, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}
