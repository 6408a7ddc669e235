import ArgumentParser
import Engine
import Model
import Planning

/// `roost wait`: block until containers end.
struct WaitCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until containers end; exit with the last one's code.")

  @Flag(help: "Take the project down once all of them have ended.")
  var downProject = false
  @Argument(help: "Services.")
  var services: [String]

  func run(in context: CommandContext) throws {
    let selection = try context.selection(services: services)
    if context.global.dryRun {
      let states: Set<ContainerStatus> = [.running, .paused, .restarting]
      let names = try context.containers(of: selection, services, in: states)
      var steps = names.map {
        PlannedStep(action: "wait until ended", name: $0, reason: "wait was asked for")
      }
      if downProject {
        steps += PlannedStep.steps(of: try context.engine().planDown(selection, DownOptions())).map
        {
          var step = $0
          step.after =
            step.after.isEmpty ? Array(1..<names.count + 1) : step.after.map { $0 + names.count }
          return step
        }
      }
      return context.show(steps: steps)
    }
    let code = try context.engine().wait(selection, services: services) {
      context.print("container \"\($0.id.hex)\" exited with status code \($1)")
    }
    if downProject {
      try context.requireRoot()
      try context.engine(progress: context.progress("down")).down(selection, DownOptions())
    }
    if code != 0 { throw SilentExit(code: code) }
  }
}
