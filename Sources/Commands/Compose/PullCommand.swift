import ArgumentParser
import Compose
import Engine
import Model
import Planning

/// `roost pull`: get the images of services.
struct PullCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Get the images of services from their registries.")

  @Flag(help: "Leave out services that can be built.")
  var ignoreBuildable = false
  @Flag(help: "Go on when an image cannot be pulled.")
  var ignorePullFailures = false
  @Flag(help: "Also pull for services that these depend on.")
  var includeDeps = false
  @Option(help: "What to pull: always or missing.")
  var policy: String?
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    var options = PullOptions()
    if let policy {
      guard ["always", "missing"].contains(policy) else {
        throw ValidationError("--policy \(policy): expected always or missing")
      }
      options.policy = PullRule(rawValue: policy)
    }
    let project = try context.project(services: services)
    if context.global.dryRun {
      let images = project.services.filter {
        services.isEmpty || includeDeps || services.contains($0.name)
      }.map(\.image)
      return context.show("pull image", images, because: "pull was asked for")
    }
    try context.requireRoot()
    options.services = services
    options.ignoreBuildable = ignoreBuildable
    options.ignoreFailures = ignorePullFailures
    options.includeDependencies = includeDeps
    options.quiet = quiet
    try context.engine(progress: context.progress("pull", quiet: quiet)).pull(project, options)
  }
}
