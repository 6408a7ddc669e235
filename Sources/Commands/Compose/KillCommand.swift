import ArgumentParser
import Engine
import Model

/// `roost kill`: send a signal.
struct KillCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to containers.")

  @Option(name: [.customShort("s"), .long], help: "The signal, as a name or a number.")
  var signal = "SIGKILL"
  @Flag(help: "Remove containers of services that are not in the file.")
  var removeOrphans = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws {
    guard Signals.number(of: signal) != nil else {
      throw ValidationError("\(signal) is not a signal; expected a name such as SIGHUP or a number")
    }
  }

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    if context.global.dryRun {
      let names = try context.containers(
        of: selection, services, in: [.running, .paused, .restarting])
      return context.show("send \(signal)", names, because: "kill was asked for")
    }
    try context.requireRoot()
    var options = KillOptions()
    options.services = services
    options.signal = Signals.number(of: signal) ?? 9
    options.removeOrphans = removeOrphans
    try context.engine(progress: context.progress("kill")).kill(selection, options)
  }
}
