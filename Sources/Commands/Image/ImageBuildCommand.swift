import ArgumentParser
import Compose
import Engine
import Image
import Model

/// `roost image build`: an image from a Dockerfile.
struct ImageBuildCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Build an image from a Dockerfile.")

  @Option(
    help: ArgumentHelp(
      "Allow RUN what it asks for: network.host or security.insecure.", valueName: "entitlement"))
  var allow: [String] = []
  @Option(help: "A further context: name=DIRECTORY, name=docker-image://IMAGE or name=ADDRESS.")
  var buildContext: [String] = []
  @Option(help: ArgumentHelp("Set an ARG.", valueName: "name=value"))
  var buildArg: [String] = []
  @Option(
    name: [.customShort("f"), .long],
    help: "The Dockerfile; - is standard input. CONTEXT/Dockerfile when left out.")
  var file: String?
  @Option(help: "Write the image's id to a file.")
  var iidfile: String?
  @Option(help: ArgumentHelp("Set a label.", valueName: "name=value"))
  var label: [String] = []
  @Option(help: "The network of RUN: default, none or host.")
  var network: String?
  @Flag(help: "Take nothing from the cache.")
  var noCache = false
  @Option(help: "The platform, such as linux/amd64.")
  var platform: String?
  @Flag(help: "Look for newer base images.")
  var pull = false
  @Flag(name: [.customShort("q"), .long], help: "Print only the id.")
  var quiet = false
  @Option(help: "A secret: id=NAME,src=FILE or id=NAME,env=VARIABLE.")
  var secret: [String] = []
  @Option(help: "An SSH agent for RUN --mount=type=ssh and git: default or ID=SOCKET.")
  var ssh: [String] = []
  @Option(name: [.customShort("t"), .long], help: "A name of the image; may be repeated.")
  var tag: [String] = []
  @Option(help: "The stage to build.")
  var target: String?
  @ArgumentParser.Argument(
    help: "The directory that COPY and ADD read from, the address of a repository or a tar, or -.")
  var context = "."

  func run(in command: CommandContext) throws {
    try command.requireRoot()
    let request = try request(command)
    let engine = command.engine(progress: command.progress("build", quiet: quiet))
    let image = try engine.buildImage(request, pull: pull)
    if let iidfile { try HostOutput.write("sha256:\(image.id.hex)", to: command.absolute(iidfile)) }
    if quiet { command.print("sha256:\(image.id.hex)") }
  }

  private func request(_ command: CommandContext) throws -> BuildRequest {
    let isRemote = BuildRequest.isRemote(context)
    guard context != BuildRequest.standardInput || file != "-" else {
      throw EngineError("the context and the Dockerfile cannot both come from standard input")
    }
    var request = BuildRequest(context: isRemote ? context : command.absolute(context))
    request.userAgent = Caller(environment: command.processEnvironment.variables).sshAgent
    if let file {
      request.dockerfile =
        file == "-"
        ? .text(String(decoding: try HostFiles.reader.read("-"), as: UTF8.self), name: "stdin")
        : .file(isRemote ? file : command.absolute(file))
    }
    request.target = target
    for entry in EnvironmentArgument.parse(buildArg, command) {
      if let value = entry.value { request.arguments[entry.key] = value }
    }
    for entry in EnvironmentArgument.parse(label, command) {
      request.labels[entry.key] = entry.value ?? ""
    }
    request.tags = try tag.map { try Reference($0) }
    request.platform = try platform.map { try Platform($0) }
    request.noCache = noCache
    if let network { request.environment.network = network }
    for entitlement in allow where !request.environment.allow(entitlement) {
      throw EngineError("--allow \(entitlement): only network.host and security.insecure are known")
    }
    for text in ssh {
      try request.addAgent(text, environment: command.processEnvironment.variables)
    }
    for text in secret { try add(secret: text, to: &request, command) }
    for text in buildContext { try add(context: text, to: &request, command) }
    if let epoch = command.processEnvironment.variables["SOURCE_DATE_EPOCH"] {
      guard let seconds = Int64(epoch) else {
        throw EngineError("SOURCE_DATE_EPOCH=\(epoch): expected seconds since 1970")
      }
      request.sourceDateEpoch = seconds
    }
    return request
  }

  private func add(
    secret text: String, to request: inout BuildRequest, _ command: CommandContext
  ) throws {
    var fields: [String: String] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      if pair.count == 2 { fields[pair[0]] = pair[1] }
    }
    guard let id = fields["id"] else {
      throw EngineError("--secret \(text): expected id=NAME,src=FILE or id=NAME,env=VARIABLE")
    }
    if let name = fields["env"] {
      request.secrets[id] = .value(command.processEnvironment.variables[name] ?? "")
    } else if let path = fields["src"] ?? fields["source"] {
      request.secrets[id] = .file(command.absolute(path))
    } else {
      request.secrets[id] = .value(command.processEnvironment.variables[id] ?? "")
    }
  }

  private func add(
    context text: String, to request: inout BuildRequest, _ command: CommandContext
  ) throws {
    let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard pair.count == 2 else {
      throw EngineError("--build-context \(text): expected name=DIRECTORY")
    }
    let scheme = "docker-image://"
    if pair[1].hasPrefix(scheme) {
      request.contexts[pair[0]] = .image(String(pair[1].dropFirst(scheme.count)))
    } else if BuildRequest.isRemote(pair[1]) {
      request.contexts[pair[0]] = .remote(pair[1])
    } else {
      request.contexts[pair[0]] = .directory(command.absolute(pair[1]))
    }
  }
}
