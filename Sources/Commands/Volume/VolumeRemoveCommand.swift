import ArgumentParser
import Engine
import Model

/// `roost volume rm`.
struct VolumeRemoveCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove volumes.", aliases: ["remove"])

  @Flag(name: [.customShort("f"), .long], help: "Say nothing when a volume is not there.")
  var force = false
  @Argument(help: "Volumes.")
  var volumes: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(volumes, in: context) { name throws(EngineError) in
      try context.engine().removeVolume(name, force: force)
    }
  }
}

/// Removes several things, going on after a failure.
enum Removal {
  /// Calls `remove` for each name, prints those that went, and fails with all messages at the end.
  static func each(
    _ names: [String], in context: CommandContext,
    remove: (String) throws(EngineError) -> Void
  ) throws {
    var failures: [Diagnostic] = []
    for name in names {
      do throws(EngineError) {
        try remove(name)
        context.print(name)
      } catch {
        failures += error.diagnostics
      }
    }
    if !failures.isEmpty { throw EngineError(failures) }
  }
}
