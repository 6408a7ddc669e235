import ArgumentParser
import Compose

/// `roost __docs DIRECTORY`: writes the files of the project that are made from the code.
struct DocumentationCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "__docs", abstract: "Write generated files.", shouldDisplay: false)

  @Argument(help: "The directory of the project.")
  var directory: String

  func run(in context: CommandContext) throws {
    try HostOutput.write(
      SupportTable.page, to: context.absolute("\(directory)/docs/compose-support.md"))
    try HostOutput.write(
      OptionTableText.file,
      to: context.absolute("\(directory)/Sources/Commands/Main/OptionTable.swift"))
  }
}
