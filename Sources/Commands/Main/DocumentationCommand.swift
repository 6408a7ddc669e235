import ArgumentParser
import Compose

/// `roost __docs DIRECTORY`: writes the pages of docs/ that are made from the code.
struct DocumentationCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "__docs", abstract: "Write generated pages.", shouldDisplay: false)

  @Argument(help: "The directory of the pages.")
  var directory: String

  func run(in context: CommandContext) throws {
    try HostOutput.write(
      SupportTable.page, to: context.absolute("\(directory)/compose-support.md"))
  }
}
