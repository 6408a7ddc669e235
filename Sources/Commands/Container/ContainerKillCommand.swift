import ArgumentParser
import Engine
import Glibc
import Model

/// `roost container kill`.
struct ContainerKillCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to containers.")

  @Option(name: [.customShort("s"), .long], help: "The signal, as a name or a number.")
  var signal = "SIGKILL"
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func validate() throws {
    guard Signals.number(of: signal) != nil else {
      throw ValidationError("\(signal) is not a signal; expected a name such as SIGHUP or a number")
    }
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let number = Signals.number(of: signal) ?? SIGKILL
    try Removal.each(containers, in: context) { name throws(EngineError) in
      context.revive(container: name)
      try context.engine().killContainer(name, signal: number)
    }
  }
}
