import ArgumentParser
import Engine
import Model

/// `roost container cp`: copy files between a container and this machine.
struct ContainerCopyCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "cp", abstract: "Copy files between a container and this machine.",
    usage: """
      roost container cp [<options>] CONTAINER:SRC_PATH DEST_PATH|-
             roost container cp [<options>] SRC_PATH|- CONTAINER:DEST_PATH
      """,
    discussion: "It need not run. A path that begins with a slash or a dot is one of this machine.")

  @OptionGroup var flags: CopyFlags

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let (container, options) = try flags.options(in: context, named: "container")
    let copied = try context.engine(progress: context.progress("cp"))
      .copy(container: container, options)
    flags.report([copied], in: context)
  }
}
