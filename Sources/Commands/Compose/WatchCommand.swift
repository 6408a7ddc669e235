import ArgumentParser
import Compose
import Engine
import Model
import Planning

/// `roost watch`: bring changes of files into running services.
struct WatchCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Bring up services, and rebuild or refresh their containers when files change.",
    discussion: """
      What is watched, and what is done then, says `develop.watch` of each service: copy files, copy \
      and restart, copy and run a command, restart, or build the image anew. The files of the project \
      itself are watched too. Ctrl-C ends the watch; the services go on.
      """)

  @Flag(help: "Do not build and start the services before watching.")
  var noUp = false
  @Flag(inversion: .prefixedNo, help: "Remove an image that a rebuilt one replaced.")
  var prune = true
  @Flag(help: "Do not show what builds write.")
  var quiet = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func run(in context: CommandContext) throws {
    let (project, files) = try context.watchedProject(services: services)
    var options = WatchOptions()
    options.services = services
    options.prune = prune
    options.quiet = quiet
    options.bringsUp = !noUp
    options.files = files
    if context.global.dryRun { return try show(project, options, context) }
    try context.requireRoot()
    try context.engine().checkWatch(project, options)
    if !noUp {
      try context.engine(progress: context.progress("watch", quiet: quiet)).up(
        project.buildingWatched, upOptions)
    }
    let printer = WatchPrinter(context: context)
    try context.engine(progress: WatchProgress(observer: printer))
      .watch(project, options, observer: printer)
    throw SilentExit(code: EngineError.interruptedExitCode)
  }

  private var upOptions: UpOptions {
    var options = UpOptions()
    options.create.services = services
    options.create.quietPull = quiet
    return options
  }

  private func show(
    _ project: Project, _ options: WatchOptions, _ context: CommandContext
  ) throws {
    let engine = context.engine()
    try engine.checkWatch(project, options)
    var steps: [PlannedStep] = []
    if !noUp {
      steps = PlannedStep.steps(of: try engine.plan(project.buildingWatched, upOptions))
    }
    let before = steps.isEmpty ? [] : [steps.count]
    steps += try engine.planWatch(project, options).map { rule in
      PlannedStep(
        action: "watch", name: rule.path, reason: "\(rule.action) of \(rule.service)",
        after: before)
    }
    context.show(steps: steps)
  }
}

/// Shows a watch on standard output, and its failures on standard error.
private struct WatchPrinter: WatchObserver {
  let context: CommandContext

  func watching(_ event: WatchEvent) {
    let (line, messages) = WatchText.messages(event)
    if let line { context.print(line) }
    messages.forEach(context.show)
  }
}

extension Project {
  /// The same, with the images of services that are watched built anew: what changed while nobody
  /// watched is in them.
  var buildingWatched: Project {
    var project = self
    for index in project.services.indices
    where project.services[index].build != nil && !project.services[index].watch.isEmpty {
      project.services[index].pullPolicy = .build
    }
    return project
  }
}
