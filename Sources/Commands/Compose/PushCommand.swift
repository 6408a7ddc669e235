import ArgumentParser
import Compose
import Engine
import Model

/// `roost push`: bring the images of services to their registries.
struct PushCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Bring the images of services to their registries.")

  @Flag(help: "Go on when an image cannot be pushed.")
  var ignorePushFailures = false
  @Flag(help: "Also push for services that these depend on.")
  var includeDeps = false
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let project = try context.project(services: services)
    if context.global.dryRun {
      let images = project.services.filter {
        services.isEmpty || includeDeps || services.contains($0.name)
      }.map(\.image)
      return context.show("push image", images, because: "push was asked for")
    }
    try context.requireRoot()
    var options = PushOptions()
    options.services = services
    options.ignoreFailures = ignorePushFailures
    options.includeDependencies = includeDeps
    options.quiet = quiet
    try context.engine(progress: context.progress("push", quiet: quiet)).push(project, options)
  }
}
