import Compose
import Linux
import Model
import Planning
import State

/// Services that a program makes instead of a container: `provider`.
///
/// Source: Docker Compose, docs/extension.md: the program is called with `compose up` or `compose
/// down`, and answers with lines of JSON.
struct ServiceProviders {
  private let engine: Engine
  private let project: Project

  init(_ engine: Engine, _ project: Project) {
    self.engine = engine
    self.project = project
  }

  /// The project without the services that programs make, whose dependents have the variables that
  /// the programs told of.
  ///
  /// - Parameters:
  ///   - named: the services that the user named; empty for all.
  ///   - asks: false to leave the programs alone, as for what is only looked at.
  func withoutProvided(
    named: [String], includeDependencies: Bool = true, asks: Bool = true
  ) throws(EngineError) -> Project {
    let provided = project.services.filter { $0.provider != nil }
    guard !provided.isEmpty else { return project }
    try checkDependencies(of: provided)
    let selected = try selection(named, includeDependencies)
    var changed = project
    changed.services.removeAll { $0.provider != nil }
    // They are known, and what is left of them is no orphan.
    changed.disabledServices += provided.map(\.name)
    for name in selected {
      guard let service = project.service(name), let provider = service.provider else { continue }
      let problems = service.problems.filter { $0.severity == .error }
      guard problems.isEmpty else { throw EngineError(problems) }
      guard asks else { continue }
      let variables = try call("up", provider, of: service)
      for index in changed.services.indices
      where changed.services[index].dependsOn.contains(where: { $0.service == name }) {
        for (key, value) in variables {
          changed.services[index].environment[key] = .some(value)
          changed.services[index].providedVariables.append("\(key)=\(value)")
        }
      }
    }
    return changed
  }

  /// What is left to do for `up` once the programs were asked; nil when that is nothing.
  func rest(
    of options: UpOptions, asks: Bool = true
  ) throws(EngineError) -> (project: Project, options: UpOptions)? {
    let changed = try withoutProvided(
      named: options.create.services, includeDependencies: !options.create.noDependencies,
      asks: asks)
    guard changed.services.count < project.services.count else { return (project, options) }
    var rest = options
    rest.create.services.removeAll { project.service($0)?.provider != nil }
    let isNothing =
      options.create.services.isEmpty ? changed.services.isEmpty : rest.create.services.isEmpty
    return isNothing ? nil : (changed, rest)
  }

  /// Has the programs take down what they made, those last that others needed.
  func takeDown(named: [String]) throws(EngineError) {
    for name in try selection(named, false).reversed() {
      guard let service = project.service(name), let provider = service.provider else { continue }
      _ = try call("down", provider, of: service)
    }
  }

  private func selection(
    _ named: [String], _ includeDependencies: Bool
  ) throws(EngineError) -> [String] {
    do throws(Diagnostics) {
      let graph = try DependencyGraph(project.services)
      return graph.selection(
        of: named.isEmpty ? graph.startOrder : named, includeDependencies: includeDependencies)
    } catch {
      throw EngineError(error.messages)
    }
  }

  /// What they make is there before any container.
  private func checkDependencies(of provided: [Service]) throws(EngineError) {
    let names = Set(provided.map(\.name))
    let errors = provided.flatMap { service in
      service.dependsOn.filter { dependency in
        !names.contains(dependency.service) && project.service(dependency.service) != nil
      }.map { dependency in
        service.source.diagnostic(
          .error,
          "a service with a provider cannot wait for the containers of \(dependency.service)",
          part: "depends_on", hint: "providers are asked before containers are started")
      }
    }
    guard errors.isEmpty else { throw EngineError(errors) }
  }

  // MARK: - The program

  private static let pluginDirectories = [
    "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
  ]

  private func program(_ provider: Provider, of service: Service) throws(EngineError) -> String {
    let home = project.environment["HOME"].map { ["\($0)/.docker/cli-plugins"] } ?? []
    let plugins = (home + Self.pluginDirectories).map { "\($0)/docker-\(provider.type)" }
    let path = project.environment["PATH"]
    let isName =
      !provider.type.isEmpty && !provider.type.contains("/") && provider.type != "compose"
    if isName,
      let found = plugins.first(where: { Spawn.find($0) != nil })
        ?? Spawn.find("docker-\(provider.type)", path: path)
        ?? Spawn.find(provider.type, path: path)
    {
      return found
    }
    throw EngineError(
      service.source.diagnostic(
        .error, "there is no program \(provider.type) that provides services",
        part: "provider.type",
        hint: "install docker-\(provider.type) or \(provider.type) in a directory of PATH"))
  }

  /// Calls the program, and returns the variables that it tells of, under the names that dependents
  /// see.
  private func call(
    _ verb: String, _ provider: Provider, of service: Service
  ) throws(EngineError) -> [(key: String, value: String)] {
    let program = try program(provider, of: service)
    let resource = ProgressEvent.Resource(.service, service.name)
    engine.progress.report(ProgressEvent(resource, verb == "up" ? .creating : .removing))
    let options = try options(provider, for: verb, of: service, program)
    let words =
      ["compose", "--project-name=\(project.name)", verb] + options + [service.name]
    let ended = try explaining("call \(program)") { () throws(SyscallError) in
      try Spawn.capture(request(program, words))
    }
    var answer = ProviderAnswer(service.name)
    var failure = answer.read(ended.outputText)
    for line in answer.notes { engine.progress.output(line, of: resource) }
    if failure == nil, ended.status != .exited(0) {
      let last = ended.errorText.split(separator: "\n").last.map { ": \($0)" } ?? ""
      failure = "\(program) \(verb) ended with \(Self.words(ended.status))\(last)"
    }
    if let failure {
      engine.progress.report(ProgressEvent(resource, .error, detail: failure))
      throw EngineError(
        service.source.diagnostic(
          .error, "provider \(provider.type) of \(service.name): \(failure)", part: "provider"))
    }
    engine.progress.report(ProgressEvent(resource, verb == "up" ? .created : .removed))
    return answer.variables
  }

  private static func words(_ status: ExitStatus) -> String {
    switch status {
    case .exited(let code): "exit code \(code)"
    case .signaled(let number): Signals.name(of: number)
    }
  }

  private func request(_ program: String, _ words: [String]) -> SpawnRequest {
    var request = SpawnRequest(
      program, words, environment: project.environment.map { "\($0.key)=\($0.value)" })
    request.directory = project.workingDirectory
    return request
  }

  /// The options as the program takes them: those that its description names, if it has one.
  private func options(
    _ provider: Provider, for verb: String, of service: Service, _ program: String
  ) throws(EngineError) -> [String] {
    let described = description(of: program)?[verb]?["parameters"]?.arrayValue ?? []
    let names = described.compactMap { $0["name"]?.stringValue }
    for parameter in described where parameter["required"]?.boolValue == true {
      guard let name = parameter["name"]?.stringValue, provider.options[name] == nil else {
        continue
      }
      throw EngineError(
        service.source.diagnostic(
          .error, "provider \(provider.type) needs the option `\(name)`",
          part: "provider.options"))
    }
    var words: [String] = []
    for option in provider.options {
      guard names.isEmpty || names.contains(option.key) else {
        if verb == "up" {
          engine.progress.warn(
            service.source.diagnostic(
              .warning, "`\(option.key)` has no effect: provider \(provider.type) does not know it",
              part: "provider.options.\(option.key)"))
        }
        continue
      }
      words += option.value.map { "--\(option.key)=\($0)" }
    }
    return words
  }

  private static let patience = 10_000

  /// What a program says of itself; nil when it does not.
  private func description(of program: String) -> JSON? {
    guard
      let ended = try? Spawn.capture(
        request(program, ["compose", "metadata"]), timeoutMilliseconds: Self.patience),
      ended.status == .exited(0)
    else { return nil }
    return try? JSON.parse(ended.output)
  }
}

/// What a provider answers: a line of JSON for each thing that it has to say.
struct ProviderAnswer {
  /// Variables for dependents.
  private(set) var variables: [(key: String, value: String)] = []
  /// Lines for the user.
  private(set) var notes: [String] = []
  private let prefix: String

  init(_ service: String) { prefix = service.uppercased() + "_" }

  /// Reads all lines; returns what failed, if something did.
  mutating func read(_ text: String) -> String? {
    for line in text.split(separator: "\n") where line.contains(where: { !$0.isWhitespace }) {
      guard let message = try? JSON.parse(line.utf8),
        let kind = message["type"]?.stringValue, let text = message["message"]?.stringValue
      else { return "it answered with what is not a message: \(line)" }
      switch kind {
      case "info": notes.append(text)
      case "debug": Trace.write(.step, "provider: \(text)")
      case "error": return text
      case "setenv", "rawsetenv":
        guard let mark = text.firstIndex(of: "=") else { return "\(text) sets no variable" }
        let name = (kind == "setenv" ? prefix : "") + text[..<mark]
        variables.append((name, String(text[text.index(after: mark)...])))
      default: return "it answered with an unknown kind of message: \(kind)"
      }
    }
    return nil
  }
}
