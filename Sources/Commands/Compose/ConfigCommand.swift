import ArgumentParser
import Compose
import Engine
import struct Image.Digest
import Model
import YAML

/// `roost config`: what the Compose files mean.
struct ConfigCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check the Compose files and print what they mean.",
    aliases: ["convert"])

  @Flag(help: "Print the variables of interpolation.")
  var environment = false
  @Option(help: ArgumentHelp("Say where a variable's value comes from.", valueName: "name"))
  var explain: String?
  @Option(help: "yaml or json.")
  var format = "yaml"
  @Option(help: ArgumentHelp("Print the hash of services; * means all.", valueName: "service"))
  var hash: String?
  @Flag(help: "Print the images.")
  var images = false
  @Flag(help: "Print the models.")
  var models = false
  @Flag(help: "Print the networks.")
  var networks = false
  @Flag(help: "Accept references to what is not in the file.")
  var noConsistency = false
  @Flag(help: "Do not read env_file.")
  var noEnvResolution = false
  @Flag(help: "Keep ${VARIABLES}.")
  var noInterpolate = false
  @Flag(help: "Do not fill in names and default networks.")
  var noNormalize = false
  @Flag(help: "Keep relative paths.")
  var noPathResolution = false
  @Option(name: [.customShort("o"), .long], help: "Write to a file.")
  var output: String?
  @Flag(help: "Print the profiles.")
  var profiles = false
  @Flag(name: [.customShort("q"), .long], help: "Only check.")
  var quiet = false
  @Flag(name: .customLong("services"), help: "Print the services.")
  var onlyServices = false
  @Flag(help: "Print the variables that the files use, with their defaults.")
  var variables = false
  @Flag(help: "Print the volumes.")
  var volumes = false
  @Argument(help: "Services; none means all.")
  var services: [String] = []

  func validate() throws {
    guard format == "yaml" || format == "json" else {
      throw ValidationError("--format \(format): expected yaml or json")
    }
  }

  func run(in context: CommandContext) throws {
    if variables { return try printVariables(context) }
    let loaded = try context.load(request(context))
    if !isListing, !environment, hash == nil, explain == nil { showSupport(of: loaded, context) }
    if quiet { return }
    let text = try text(of: loaded, context)
    guard let output else { return context.print(text, terminator: "") }
    try HostOutput.write(text, to: context.absolute(output))
  }

  /// Warns of the keys that will have no effect when the project runs.
  private func showSupport(of loaded: LoadedProject, _ context: CommandContext) {
    guard let project = loaded.project else { return }
    guard context.global.progressMode(context.processEnvironment) != .quiet else { return }
    let warnings =
      project.services.flatMap(\.ineffectiveKeys) + project.networks.flatMap(\.ineffectiveKeys)
    warnings.forEach(context.show)
  }

  private func request(_ context: CommandContext) -> LoadRequest {
    var request = context.loadRequest(services: services)
    request.options.interpolate = !noInterpolate
    // Docker Compose's `config` takes the option --compatibility, not the variable, for this too.
    request.options.normalize = !noNormalize && !context.global.compatibility
    request.options.resolvePaths = !noPathResolution
    request.options.checkConsistency = !noConsistency
    // A printed hash is that of the env files' paths, as it is for Docker Compose, and it chooses
    // its services itself.
    request.options.resolveEnvironment = !noEnvResolution && hash == nil && !isListing
    request.options.checkContainerNames = !isListing && !environment && hash == nil
    if hash != nil { request.services = [] }
    return request
  }

  /// True for the lists of names, which Docker Compose makes of any model that holds together.
  private var isListing: Bool {
    onlyServices || volumes || networks || models || profiles || images
  }

  private func text(of loaded: LoadedProject, _ context: CommandContext) throws -> String {
    if let explain { return try explanation(of: explain, loaded) }
    if environment { return lines(loaded.environmentLines) }
    if onlyServices { return lines(loaded.serviceNames) }
    if volumes { return lines(loaded.volumeNames) }
    if networks { return lines(loaded.networkNames) }
    if models { return lines(loaded.modelNames) }
    if profiles { return lines(loaded.profiles) }
    if images { return lines(loaded.imageNames) }
    if let hash { return try hashes(of: hash, loaded) }
    if format == "json" {
      return JSONWriter.text(of: loaded.printed(.json), escapesDollars: !noInterpolate)
    }
    return YAMLWriter.text(of: loaded.printed(.yaml), escapesDollars: !noInterpolate)
  }

  private func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  private func hashes(of names: String, _ loaded: LoadedProject) throws -> String {
    let wanted = names == "*" ? nil : names.split(separator: ",").map(String.init)
    let all = loaded.serviceConfigurations.sorted { $0.service < $1.service }
    for name in wanted ?? [] where !all.contains(where: { $0.service == name }) {
      let meant = Suggestion.nearest(to: name, in: all.map(\.service))
      throw Diagnostic(
        .error, "no such service: \(name)", hint: meant.map { "did you mean \($0)?" })
    }
    return all.filter { wanted?.contains($0.service) ?? true }.map { entry in
      let digest = Digest.sha256(of: entry.configuration.bytes)
      return "\(entry.service) \(digest.hex)\n"
    }.joined()
  }

  private func printVariables(_ context: CommandContext) throws {
    var request = request(context)
    request.options.interpolate = false
    let loaded = try context.load(request)
    var table = Table("NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE")
    table.minimumWidth = 20
    for variable in TemplateVariable.all(in: loaded.tree) {
      table.rows.append([
        variable.name, String(variable.isRequired), variable.defaultValue,
        variable.alternateValue,
      ])
    }
    context.print(table.text())
  }

  private func explanation(of name: String, _ loaded: LoadedProject) throws -> String {
    let settings = loaded.environment.explain(name)
    guard let first = settings.first else {
      let meant = Suggestion.nearest(to: name, in: loaded.environment.values.keys.sorted())
      throw Diagnostic(
        .error, "\(name) is not set: neither in the shell nor in an env file for interpolation",
        hint: meant.map { "did you mean \($0)?" }
          ?? "env_file of a service only reaches its container; put \(name) into .env")
    }
    var text = "\(name)=\(first.value)\n  from \(first.source.description)\n"
    for hidden in settings.dropFirst() {
      text += "  hides \"\(hidden.value)\" from \(hidden.source.description)\n"
    }
    return text
  }
}

extension ProjectEnvironment.Source {
  /// The source in words, with the place when it is a file.
  var description: String {
    switch self {
    case .shell: "the shell"
    case .roost: "roost itself"
    case .file(let path, let location):
      location.map { "\($0.file):\($0.line)" } ?? path
    }
  }
}
