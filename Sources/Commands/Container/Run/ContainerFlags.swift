import ArgumentParser
import Compose
import Engine
import Model
import Planning

/// The options that `container run` and `container create` share.
struct ContainerFlags: ParsableArguments {
  @Option(help: "The container's name; one is made up when left out.")
  var name: String?
  @Flag(name: [.customShort("i"), .long], help: "Pass standard input on.")
  var interactive = false
  @Flag(name: [.customShort("t"), .long], help: "Give it a terminal.")
  var tty = false
  @Flag(help: "Remove the container and its anonymous volumes when it ends.")
  var rm = false
  @Flag(
    name: [.customShort("P"), .long], help: "Publish every port that it exposes on a free port.")
  var publishAll = false
  @Option(help: "When to pull the image: always, missing or never.")
  var pull: String?
  @Flag(name: [.customShort("q"), .long], help: "Pull without showing progress.")
  var quiet = false
  @Option(help: ArgumentHelp("Write the id into a new file.", valueName: "file"))
  var cidfile: String?

  @OptionGroup(title: "Process") var process: ProcessFlags
  @OptionGroup(title: "Network") var network: NetworkFlags
  @OptionGroup(title: "Files") var storage: StorageFlags
  @OptionGroup(title: "Limits") var limits: LimitFlags
  @OptionGroup(title: "Isolation") var security: SecurityFlags
  @OptionGroup(title: "Health") var health: HealthFlags

  func validate() throws {
    if rm, let policy = process.restart, policy != "no" {
      throw ValidationError("--rm and --restart \(policy) exclude each other")
    }
    if let pull, !["always", "missing", "never"].contains(pull) {
      throw ValidationError("--pull \(pull): expected always, missing or never")
    }
  }

  /// The container as a document; `words` are the image, and the command if there is one.
  func document(_ words: [String], _ processEnvironment: ProcessEnvironment) throws
    -> ContainerDocument
  {
    var document = ContainerDocument()
    document.set("image", words.first)
    if words.count > 1 { document.set("command", JSON.strings(words.dropFirst())) }
    document.set("container_name", name)
    document.set("tty", flag: tty)
    document.set("stdin_open", flag: interactive)
    try process.add(to: &document, processEnvironment)
    try network.add(to: &document)
    try storage.add(to: &document)
    try limits.add(to: &document)
    security.add(to: &document)
    health.add(to: &document)
    return document
  }

  /// The container as a project of one service; warnings are shown.
  func project(
    _ words: [String], of command: any ParsableCommand.Type, in context: CommandContext
  ) throws -> Project {
    try ContainerWords.check(words, of: command)
    let processEnvironment = context.processEnvironment
    var (project, warnings) = try document(words, processEnvironment).load(
      directory: processEnvironment.workingDirectory, environment: processEnvironment.variables,
      reader: HostFiles.reader)
    warnings.forEach(context.show)
    if let mode = context.global.userns { project.userNamespaces = mode }
    return project
  }

  /// What the engine is asked to do with it.
  func options(detach: Bool) -> ContainerRunOptions {
    var options = ContainerRunOptions()
    options.name = name
    options.remove = rm
    options.detach = detach
    options.publishAll = publishAll
    options.pull = pull.flatMap(PullRule.init)
    options.quietPull = quiet
    options.attachment.interactive = interactive
    options.attachment.terminal = tty
    return options
  }
}

/// The image and the command behind the options.
enum ContainerWords {
  /// Refuses what stands where the image ought to be.
  static func check(_ words: [String], of command: any ParsableCommand.Type) throws {
    guard let first = words.first, !first.isEmpty else {
      let name = command.configuration.commandName ?? "run"
      throw ValidationError("the image is missing, as in: roost container \(name) IMAGE")
    }
    guard first.hasPrefix("-") else { return }
    if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(command) }
    // The parser leaves what it does not know to the command; it has words for such mistakes.
    _ = try ContainerFlags.parse([first])
    throw ValidationError("the image is missing behind \(first)")
  }
}
