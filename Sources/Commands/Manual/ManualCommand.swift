import ArgumentParser

/// `roost __manual DIRECTORY`: writes the manual pages, one file `NAME.1` for each command.
struct ManualCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "__manual", abstract: "Write the manual pages.", shouldDisplay: false)

  @Argument(help: "The directory of the pages.")
  var directory: String

  func run(in context: CommandContext) throws {
    for page in ManualPage.all {
      try HostOutput.write(page.text, to: context.absolute("\(directory)/\(page.name).1"))
    }
  }
}
