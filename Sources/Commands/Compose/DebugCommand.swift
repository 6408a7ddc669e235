import ArgumentParser
import Engine
import Model
import State

/// `roost debug`: have the processes of a project write down what they do.
struct DebugCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug",
    abstract: "Have the processes of a project write down what they do.",
    discussion: """
      With `on`, the supervisor, the shims and each command of the project write every step, \
      failed system call and request into one file, until `off`. Nothing is restarted. Without \
      either, shows whether it is on, and where the file is.
      """)

  /// What is asked for.
  enum Setting: String, ExpressibleByArgument, CaseIterable {
    case on
    case off
  }

  @Argument(help: "on or off; none shows which.")
  var setting: Setting?

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let name = try context.selection().name
    let engine = context.engine()
    if let setting { try engine.setTracing(setting == .on, project: name) }
    let isOn = engine.isTracing(project: name)
    context.print("\(isOn ? "on" : "off") \(context.layout.debugLog)")
  }
}
