import ArgumentParser
import Engine
import Model

/// `roost container start`.
struct ContainerStartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start containers.")

  @Flag(name: [.customShort("a"), .long], help: "Show what it writes, until it ends.")
  var attach = false
  @Flag(name: [.customShort("i"), .long], help: "Pass standard input on; goes with --attach.")
  var interactive = false
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func validate() throws {
    guard attach || interactive, containers.count > 1 else { return }
    throw ValidationError("one can only be attached to one container")
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    guard attach || interactive else {
      return try Removal.each(containers, in: context) { name throws(EngineError) in
        _ = try context.engine().startContainer(name)
      }
    }
    var options = ForegroundOptions()
    options.interactive = interactive
    SignalForwarding.forwardAll()
    let code = try context.engine().startContainer(containers[0], attachment: options)
    if let code, code != 0 { throw SilentExit(code: code) }
  }
}
