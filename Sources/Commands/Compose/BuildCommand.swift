import ArgumentParser
import Compose
import Engine
import Model

/// `roost build`: build images of services.
struct BuildCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build or rebuild the images of services.")

  @Option(help: ArgumentHelp("Set an ARG of the Dockerfile.", valueName: "name=value"))
  var buildArg: [String] = []
  @Flag(help: "Take nothing from the cache.")
  var noCache = false
  @Flag(help: "Look for newer base images.")
  var pull = false
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false
  @Flag(help: "Build the dependencies of the services too.")
  var withDependencies = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let project = try context.project(services: services)
    if context.global.dryRun {
      let built = project.services.filter {
        $0.build != nil && (services.isEmpty || withDependencies || services.contains($0.name))
      }
      return context.show("build image", built.map(\.name), because: "build was asked for")
    }
    try context.requireRoot()
    var options = BuildOptions()
    options.services = services
    options.arguments = EnvironmentArgument.parse(buildArg, context)
    options.noCache = noCache
    options.pull = pull
    options.quiet = quiet
    options.withDependencies = withDependencies
    try context.engine(progress: context.progress("build", quiet: quiet)).build(project, options)
  }
}
