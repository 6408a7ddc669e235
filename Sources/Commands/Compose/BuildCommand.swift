import ArgumentParser
import Compose
import Engine
import Image
import Model

/// `roost build`: build images of services.
struct BuildCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.shown
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build or rebuild the images of services.")

  @Option(help: ArgumentHelp("Set an ARG of the Dockerfile.", valueName: "name=value"))
  var buildArg: [String] = []
  @Flag(help: "Look for mistakes in the Dockerfiles, and build nothing.")
  var check = false
  @Flag(help: "Take nothing from the cache.")
  var noCache = false
  @Flag(help: "Print what would be built as a bake file, and build nothing.")
  var print = false
  @Flag(help: "Look for newer base images.")
  var pull = false
  @Flag(help: "Push the images once they are built.")
  var push = false
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but errors.")
  var quiet = false
  @Option(help: "An SSH agent for RUN --mount=type=ssh and git: default or ID=SOCKET.")
  var ssh: [String] = []
  @Flag(help: "Build the dependencies of the services too.")
  var withDependencies = false
  @OptionGroup var foreign: ForeignBuildFlags
  @ArgumentParser.Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws { try foreign.check() }

  func run(in context: CommandContext) throws {
    let context = try foreign.apply(to: context)
    let project = try context.project(services: services)
    var options = BuildOptions()
    options.services = services
    options.arguments = EnvironmentArgument.parse(buildArg, context)
    options.noCache = noCache
    options.pull = pull
    options.quiet = quiet
    options.withDependencies = withDependencies
    options.ssh = ssh
    let engine = context.engine(progress: context.progress("build", quiet: quiet))
    if print {
      let built = try engine.built(project, options)
      return context.print(
        BakeFile(project: project, options: options, isPushed: push).text(of: built))
    }
    if context.global.dryRun {
      return context.show(
        "build image", try engine.built(project, options).map(\.image),
        because: "build was asked for")
    }
    try context.requireRoot()
    if check { return try show(try engine.checkBuild(project, options), context) }
    try engine.build(project, options)
    if push { try pushImages(of: try engine.built(project, options), project, engine, context) }
  }

  /// Shows what a check found, which makes it fail.
  private func show(_ warnings: [Diagnostic], _ context: CommandContext) throws {
    warnings.forEach(context.show)
    guard warnings.isEmpty else { throw SilentExit(code: FailureCode.failure) }
    if !quiet { context.note("the Dockerfiles are in order") }
  }

  private func pushImages(
    of built: [Service], _ project: Project, _ engine: Engine, _ context: CommandContext
  ) throws {
    var options = PushOptions()
    options.services = built.map(\.name)
    options.quiet = quiet
    guard !built.isEmpty else { return }
    try engine.push(project, options)
    for tag in built.flatMap({ $0.build?.tags ?? [] }) {
      _ = try engine.pushImage(
        try Reference(tag), progress: TransferDisplay(context, quiet: quiet))
    }
  }
}

/// Options that mean something to BuildKit or to Docker's first builder. What they ask for is either
/// what is done anyway, or refused.
struct ForeignBuildFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The builder; there is one, `default`.", valueName: "name"))
  var builder: String?
  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp("Refused: the commands of a build have no limit.", valueName: "bytes"))
  var memory: String?
  @Option(help: ArgumentHelp("An attestation; only false, which adds none.", valueName: "form"))
  var provenance: String?
  @Option(help: ArgumentHelp("An attestation; only false, which adds none.", valueName: "form"))
  var sbom: String?
  @Option(help: .hidden)
  var progress: String?
  @Flag(help: .hidden)
  var compress = false
  @Flag(help: .hidden)
  var forceRm = false
  @Flag(help: .hidden)
  var noRm = false
  @Flag(help: .hidden)
  var parallel = false

  func check() throws {
    if let builder, !["", "default"].contains(builder) {
      throw ValidationError(
        "--builder \(builder): there is no such builder; leave it out, roost itself builds")
    }
    if memory != nil {
      throw ValidationError(
        "--memory: the commands of a build have no limit of their own, in BuildKit neither; limit "
          + "the whole with systemd-run --scope -p MemoryMax=BYTES roost build")
    }
    for (name, value) in [("provenance", provenance), ("sbom", sbom)] {
      guard let value, CommandWords.truth(value) != false, !value.isEmpty else { continue }
      throw ValidationError(
        "--\(name) \(value): no attestations are made; leave it out, or write --\(name)=false")
    }
    if noRm {
      throw ValidationError(
        "--no-rm: the containers of a build are always removed, as by BuildKit; leave it out")
    }
    if let progress, ProgressMode(ofBuild: progress) == nil {
      throw ValidationError("--progress \(progress): expected auto, tty, plain, json or quiet")
    }
  }

  /// The context in which progress is shown as `--progress` behind the command says.
  func apply(to context: CommandContext) throws -> CommandContext {
    var context = context
    if let progress { context.global.progress = ProgressMode(ofBuild: progress) }
    if compress {
      context.show(
        Diagnostic(
          .warning, "--compress has no effect: the context is not sent anywhere",
          hint: "leave it out"))
    }
    return context
  }
}
