import ArgumentParser
import Model

/// `roost version`.
struct VersionCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Show the version.")

  @Option(name: [.customShort("f"), .long], help: "pretty or json.")
  var format = "pretty"
  @Flag(help: "Only the number.")
  var short = false

  func validate() throws {
    guard format == "pretty" || format == "json" else {
      throw ValidationError("--format \(format): expected pretty or json")
    }
  }

  func run(in context: CommandContext) throws {
    if short {
      context.print(ProgramVersion.current)
    } else if format == "json" {
      context.print((["version": .string(ProgramVersion.current)] as JSON).text())
    } else {
      context.print("roost version \(ProgramVersion.current)")
    }
  }
}
