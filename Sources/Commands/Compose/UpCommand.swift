import ArgumentParser
import Compose
import Engine
import Model
import Planning

/// `roost up`: build, create, start, attach.
struct UpCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Create and start containers.")

  @OptionGroup(title: "Creating") var creation: CreationOptions

  @Flag(name: [.customShort("d"), .long], help: "Run in the background.")
  var detach = false
  @Flag(help: "Stop everything when a container stops.")
  var abortOnContainerExit = false
  @Flag(help: "Stop everything when a container fails.")
  var abortOnContainerFailure = false
  @Flag(help: "Recreate the dependencies too.")
  var alwaysRecreateDeps = false
  @Option(help: "Show only the logs of this service; may be repeated.")
  var attach: [String] = []
  @Flag(help: "Show the logs of dependencies too.")
  var attachDependencies = false
  @Option(
    help: "End with the exit code of this service; implies --abort-on-container-exit.")
  var exitCodeFrom: String?
  @Option(help: "Do not show the logs of this service; may be repeated.")
  var noAttach: [String] = []
  @Flag(help: "No colours in the logs.")
  var noColor = false
  @Flag(help: "Leave out the services that these depend on.")
  var noDeps = false
  @Flag(help: "No name before the lines of the logs.")
  var noLogPrefix = false
  @Flag(help: "Create the containers, but do not start them.")
  var noStart = false
  @Flag(name: [.customShort("V"), .long], help: "Do not carry over anonymous volumes.")
  var renewAnonVolumes = false
  @Option(name: [.customShort("t"), .long], help: "Seconds a container may take to stop.")
  var timeout: Int?
  @Flag(help: "Show times.")
  var timestamps = false
  @Flag(help: "Wait until everything runs or is healthy; implies --detach.")
  var wait = false
  @Option(help: "Seconds to wait at most.")
  var waitTimeout: Int?
  @Flag(inversion: .prefixedNo, help: .hidden)
  var menu = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws {
    if detach || wait {
      let attached = abortOnContainerExit || abortOnContainerFailure || exitCodeFrom != nil
      guard !attached else {
        throw ValidationError(
          "--detach and --wait cannot be combined with --abort-on-container-exit, "
            + "--abort-on-container-failure or --exit-code-from")
      }
      guard attach.isEmpty, !attachDependencies else {
        throw ValidationError(
          "--detach and --wait show no logs: they cannot be combined with --attach or "
            + "--attach-dependencies")
      }
    }
    if abortOnContainerExit, abortOnContainerFailure {
      throw ValidationError(
        "--abort-on-container-exit and --abort-on-container-failure exclude each other")
    }
    guard !menu else {
      throw ValidationError(
        "--menu: there is no menu of keys; Ctrl-C stops, and `roost up -d` goes to the background")
    }
    try creation.validateRules()
  }

  func run(in context: CommandContext) throws {
    let project = try context.locked(creation.locked).project(
      starting: services, yes: creation.yes)
    var options = UpOptions()
    options.create = try creation.options(services: services, project.environment)
    options.create.noDependencies = noDeps
    options.create.alwaysRecreateDependencies = alwaysRecreateDeps
    options.create.renewAnonymousVolumes = renewAnonVolumes
    options.create.stopTimeout = CommandContext.patience(timeout)
    options.start = !noStart
    options.wait = wait
    options.waitTimeout = CommandContext.seconds(waitTimeout)
    if context.global.dryRun {
      return context.show(plan: try context.engine().plan(project, options))
    }
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("up"))
    if detach || wait || noStart {
      try engine.up(project, options)
      return
    }
    let observer = AttachedLogs(
      context: context,
      style: LogStyle(
        prefix: !noLogPrefix, timestamps: timestamps, color: !noColor, separatesStreams: true))
    defer { observer.end() }
    let code = try engine.up(project, options, attach: attachOptions, observer: observer)
    if code != 0 { throw SilentExit(code: code) }
  }

  private var attachOptions: AttachOptions {
    var options = AttachOptions()
    options.services = attach.isEmpty ? nil : attach
    options.excluded = noAttach
    options.includeDependencies = attachDependencies
    options.exitCodeFrom = exitCodeFrom
    if abortOnContainerFailure {
      options.stop = .anyFailure
    } else if abortOnContainerExit || exitCodeFrom != nil {
      options.stop = .anyExit
    }
    return options
  }
}
