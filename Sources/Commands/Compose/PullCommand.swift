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
  // Of Compose V1; several at once is what is done anyway.
  @Flag(help: .hidden)
  var parallel = false
  @Flag(help: .hidden)
  var noParallel = false
  @Flag(help: "Refuse images that are not in roost.lock.")
  var locked = false
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
    let project = try context.locked(locked).project(services: services)
    options.services = services
    options.ignoreBuildable = ignoreBuildable
    options.ignoreFailures = ignorePullFailures
    options.includeDependencies = includeDeps
    options.quiet = quiet
    if context.global.dryRun {
      let images = try context.engine().planPull(project, options)
      return context.show("pull image", images, because: "pull was asked for")
    }
    try context.requireRoot()
    var engine = context.engine(progress: context.progress("pull", quiet: quiet))
    if noParallel { engine.parallelism = 1 }
    try engine.pull(project, options)
  }
}
