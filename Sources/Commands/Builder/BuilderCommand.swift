import ArgumentParser

/// `roost builder …`: the cache of builds.
struct BuilderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "builder", abstract: "Work on the build cache.",
    subcommands: [BuilderPruneCommand.self])
}
