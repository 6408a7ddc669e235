import ArgumentParser

/// `roost alpha`: what Docker Compose has under this word.
struct AlphaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alpha", abstract: "Commands that Docker Compose calls experimental.",
    subcommands: [VizCommand.self, GenerateCommand.self, PublishCommand.self])
}
