import ArgumentParser
import Engine
import Glibc

/// `roost rm`: remove stopped containers.
struct RemoveCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove stopped containers.")

  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false
  @Flag(name: [.customShort("s"), .long], help: "Stop the containers first.")
  var stop = false
  @Flag(name: [.customShort("v"), .long], help: "Remove their anonymous volumes too.")
  var volumes = false
  @Flag(name: [.customShort("a"), .long], help: .hidden)
  var all = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    var options = RemoveOptions()
    options.services = services
    options.stop = stop
    options.volumes = volumes
    if context.global.dryRun {
      return context.show(plan: try context.engine().planRemove(selection, options))
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("rm"))
    let containers = try engine.removable(selection, options)
    guard !containers.isEmpty else {
      Output.write("No stopped containers\n", to: 2)
      return
    }
    if !force {
      let names = containers.map(\.name).joined(separator: ", ")
      guard Question.ask("Going to remove \(names)\nAre you sure?") else { return }
    }
    try engine.remove(selection, options)
  }
}

/// A question on the terminal.
enum Question {
  /// Asks for yes or no; anything but yes, and the end of input, is no.
  static func ask(_ text: String) -> Bool {
    Output.write("\(text) [yN] " as TerminalText, to: 2)
    guard let answer = readLine()?.lowercased() else { return false }
    return answer == "y" || answer == "yes"
  }
}
