import ArgumentParser
import Engine
import Model

/// `roost cp`: copy files between the containers of a service and this machine.
struct CopyCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "cp", abstract: "Copy files between a service's containers and this machine.",
    usage: """
      roost cp [<options>] SERVICE:SRC_PATH DEST_PATH|-
             roost cp [<options>] SRC_PATH|- SERVICE:DEST_PATH
      """,
    discussion: """
      Into a service, it copies to all of its containers; out of one, from the first. They need not \
      run. A path that begins with a slash or a dot is one of this machine, also with a colon in it.
      """)

  @OptionGroup var flags: CopyFlags
  @Option(help: "Number of the container when a service has several.")
  var index = 0
  @Flag(help: "Count containers of `run` as well.")
  var all = false

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let (service, options) = try flags.options(in: context, named: "service")
    var chosen = CopySelection(service)
    chosen.index = index > 0 ? index : nil
    chosen.includesOneOffs = all
    let copied = try context.engine(progress: context.progress("cp"))
      .copy(context.selection(), chosen, options)
    flags.report(copied, in: context)
  }
}
