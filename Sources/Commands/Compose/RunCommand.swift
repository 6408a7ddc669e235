import ArgumentParser
import Compose
import Engine
import Glibc
import Model
import Planning

/// `roost run web sh`: a one-off container of a service.
struct RunCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a command in a new container of a service.",
    discussion: """
      This takes a service of the Compose file. An image without any Compose file is run by \
      `roost container run IMAGE`.
      """)

  @Flag(help: "Build the image before.")
  var build = false
  @Option(help: "Add a capability; may be repeated.")
  var capAdd: [String] = []
  @Option(help: "Drop a capability; may be repeated.")
  var capDrop: [String] = []
  @Flag(name: [.customShort("d"), .long], help: "Run in the background and print the id.")
  var detach = false
  @Option(help: "What is executed instead of the entry point.")
  var entrypoint: String?
  @Option(name: [.customShort("e"), .long], help: "Set a variable; may be repeated.")
  var env: [String] = []
  @Option(help: "Set variables from a file; may be repeated.")
  var envFromFile: [String] = []
  @Flag(name: [.customShort("i"), .long], inversion: .prefixedNo, help: "Pass standard input on.")
  var interactive = true
  @Option(name: [.customShort("l"), .long], help: "Set a label; may be repeated.")
  var label: [String] = []
  @Option(help: "Name of the container.")
  var name: String?
  @Flag(help: "Do not start the services that this one depends on.")
  var noDeps = false
  @Flag(
    name: [.customShort("T"), .customLong("no-tty"), .customLong("no-TTY")],
    help: "No terminal, even when there is one.")
  var noTTY = false
  @Option(name: [.customShort("p"), .long], help: "Publish a port; may be repeated.")
  var publish: [String] = []
  @Option(help: "When to pull the image: always, missing or never.")
  var pull: String?
  @Flag(name: [.customShort("q"), .long], help: "Say nothing of our own.")
  var quiet = false
  @Flag(help: "Build without showing the output.")
  var quietBuild = false
  @Flag(help: "Pull without showing progress.")
  var quietPull = false
  @Flag(help: "Remove containers of services that are not in the file.")
  var removeOrphans = false
  @Flag(help: "Remove the container when it ends.")
  var rm = false
  @Flag(name: [.customShort("P"), .long], help: "Publish the service's ports.")
  var servicePorts = false
  @Flag(name: [.customShort("t"), .long], help: .hidden)
  var tty = false
  @Flag(help: "Answer to the service's names on its networks.")
  var useAliases = false
  @Option(name: [.customShort("u"), .long], help: "Run as this user[:group].")
  var user: String?
  @Option(name: [.customShort("v"), .long], help: "Mount a path or a volume; may be repeated.")
  var volume: [String] = []
  @Option(name: [.customShort("w"), .long], help: "Working directory in the container.")
  var workdir: String?
  @Argument(help: "The service.")
  var service: String
  @Argument(
    parsing: .captureForPassthrough, help: "The command and its arguments; none: the service's.")
  var command: [String] = []

  func run(in context: CommandContext) throws {
    let project = try project(context)
    if context.global.dryRun { return try showSteps(project, context) }
    try context.requireRoot()
    let options = try options(project, context)
    let quietly = quiet || (options.terminal && !build)
    let engine = context.engine(progress: context.progress("run", quiet: quietly))
    let result = try engine.run(project, options)
    if detach { return context.print(result.name) }
    if let code = result.exitCode, code != 0 { throw SilentExit(code: code) }
  }

  /// What its dependencies need, then the container itself.
  private func showSteps(_ project: Project, _ context: CommandContext) throws {
    var steps: [PlannedStep] = []
    let needed = project.service(service)?.dependsOn.map(\.service) ?? []
    if !noDeps, !needed.isEmpty {
      var up = UpOptions()
      up.create.services = needed
      steps = PlannedStep.steps(of: try context.engine().plan(project, up))
    }
    steps.append(
      PlannedStep(
        action: "create and start container", name: name ?? "\(project.name)-\(service)-run",
        reason: "run was asked for", after: Array(steps.indices).map { $0 + 1 }))
    context.show(steps: steps)
  }

  private func project(_ context: CommandContext) throws -> Project {
    try context.project(services: [service])
  }

  private func options(_ project: Project, _ context: CommandContext) throws -> RunOptions {
    var options = RunOptions(service: service)
    options.command = command.isEmpty ? nil : command
    options.entrypoint = try entrypoint.map { text in
      text.isEmpty ? [] : try CommandText.words(text)
    }
    options.environment = try fileVariables(context) + EnvironmentArgument.parse(env, context)
    options.labels = label.map { word in
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    options.name = name
    options.user = user
    options.workingDirectory = workdir
    options.mounts = try volume.map { text in
      try MountArgument.parse(text, base: context.processEnvironment.workingDirectory)
    }
    options.publish = try publish.flatMap(PortArgument.parse)
    options.servicePorts = servicePorts
    options.useAliases = useAliases
    options.addedCapabilities = capAdd
    options.droppedCapabilities = capDrop
    options.remove = rm
    options.detach = detach
    options.interactive = interactive
    options.terminal = !noTTY && !detach && isatty(0) == 1 && isatty(1) == 1
    options.noDependencies = noDeps
    options.removeOrphans = removeOrphans
    options.build = build ? .always : .whenMissing
    options.pull = pull.flatMap(PullRule.init)
    options.quietPull = quietPull
    return options
  }

  private func fileVariables(_ context: CommandContext) throws -> [(key: String, value: String?)] {
    var variables: [(key: String, value: String?)] = []
    for path in envFromFile {
      let loader = ComposeLoader(reader: HostFiles.reader)
      variables += try loader.environmentFile(
        context.absolute(path), environment: context.processEnvironment.variables
      ).map { ($0.name, $0.value) }
    }
    return variables
  }
}
