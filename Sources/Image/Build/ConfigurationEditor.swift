import Linux
import Model

/// Applies the instructions that only change an image's configuration, and tells how the
/// history names them.
struct ConfigurationEditor {
  /// The configuration so far.
  var configuration: ImageConfiguration
  /// True once CMD was given in this build: then ENTRYPOINT leaves it alone.
  var commandIsSet = false
  /// True when a value of the environment or an argument may be expanded.
  var escape = Byte.backslash
  /// The values of build arguments, behind those of the environment.
  var arguments: [String: String] = [:]

  init(configuration: ImageConfiguration) { self.configuration = configuration }

  /// The shell of the shell forms.
  var shell: [String] { configuration.shell.isEmpty ? ["/bin/sh", "-c"] : configuration.shell }

  /// The directory that relative paths count from.
  var directory: String {
    configuration.workingDirectory.isEmpty ? "/" : configuration.workingDirectory
  }

  /// The arguments of a command in either form.
  func arguments(of command: CommandForm) -> [String] {
    switch command {
    case .shell(let text): shell + [text]
    case .exec(let arguments): arguments
    }
  }

  // MARK: - Expansion

  private var expansion: VariableExpansion {
    VariableExpansion(escape: escape, lookup: value)
  }

  private var value: (String) -> String? {
    { [configuration, arguments] name in configuration.variable(name) ?? arguments[name] }
  }

  /// Expands a word to one text.
  func expand(_ word: Word) throws(Diagnostic) -> String {
    var expansion = expansion
    do throws(VariableExpansion.Failure) {
      return try expansion.expand(word.text)
    } catch {
      throw Self.diagnostic(error, in: word)
    }
  }

  /// Expands a word to any number of words.
  func expandToWords(_ word: Word) throws(Diagnostic) -> [String] {
    var expansion = expansion
    do throws(VariableExpansion.Failure) {
      return try expansion.expandToWords(word.text)
    } catch {
      throw Self.diagnostic(error, in: word)
    }
  }

  /// Expands the text of a here-document: quotes stay, and the escape is always the backslash.
  func expand(heredoc text: String, at location: SourceLocation) throws(Diagnostic) -> String {
    var expansion = VariableExpansion(keepsQuotes: true, lookup: value)
    do throws(VariableExpansion.Failure) {
      return try expansion.expand(text)
    } catch {
      throw Diagnostic(.error, error.message, at: location)
    }
  }

  private static func diagnostic(
    _ failure: VariableExpansion.Failure, in word: Word
  ) -> Diagnostic {
    var location = word.location
    location.column += failure.offset
    return Diagnostic(.error, failure.message, at: location)
  }

  // MARK: - Instructions

  /// Applies an instruction of `image import --change` or `commit --change`.
  mutating func apply(change text: String) throws(Diagnostic) {
    let dockerfile = try Dockerfile(Array(text.utf8), file: "--change")
    for instruction in dockerfile.instructions {
      guard try apply(instruction) != nil else {
        throw Diagnostic(
          .error, "'\(instruction.source)' cannot be a change",
          hint: "possible are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, "
            + "STOPSIGNAL, USER, VOLUME and WORKDIR")
      }
    }
  }

  /// Applies an instruction; returns its text in the history, or nil when it is not one of those
  /// that only change the configuration. An empty text means that the history does not name it.
  mutating func apply(_ instruction: Instruction) throws(Diagnostic) -> String? {
    switch instruction.kind {
    case .environment(let assignments): return try setEnvironment(assignments)
    case .label(let assignments): return try setLabels(assignments)
    case .user(let word):
      configuration.user = try expand(word)
      return "USER \(configuration.user)"
    case .workingDirectory(let word):
      configuration.workingDirectory = Paths.absolute(try expand(word), in: directory)
      return "WORKDIR \(configuration.workingDirectory)"
    case .expose(let words): return try expose(words)
    case .volume(let words): return try addVolumes(words)
    case .command(let form):
      let arguments = arguments(of: form)
      configuration.command = arguments
      commandIsSet = true
      return "CMD \(Self.quoted(arguments))"
    case .entrypoint(let form): return setEntrypoint(form)
    case .healthcheck(let healthcheck): return setHealthcheck(healthcheck)
    case .stopSignal(let word): return try setStopSignal(word)
    case .shell(let arguments):
      configuration.shell = arguments
      return "SHELL [\(arguments.joined(separator: " "))]"
    case .onBuild(let text):
      configuration.onBuild.append(text)
      return ""
    case .maintainer(let name):
      configuration.author = name
      return "MAINTAINER \(name)"
    case .from, .run, .copy, .argument: return nil
    }
  }

  private mutating func setEnvironment(_ assignments: [Assignment]) throws(Diagnostic) -> String {
    // Every value sees the environment as it was before this instruction.
    let before = self
    var text = "ENV"
    for assignment in assignments {
      let name = try before.expand(assignment.name)
      let value = try before.expand(assignment.value)
      configuration.setVariable(name, value)
      text += " \(name)=\(value)"
    }
    return text
  }

  private mutating func setLabels(_ assignments: [Assignment]) throws(Diagnostic) -> String {
    var text = "LABEL"
    for assignment in assignments {
      let name = try expand(assignment.name)
      let value = try expand(assignment.value)
      configuration.labels[name] = value
      text += " \(name)=\(value)"
    }
    return text
  }

  private mutating func expose(_ words: [Word]) throws(Diagnostic) -> String {
    var ports: [String] = []
    for word in words {
      for text in try expandToWords(word) { ports += try Self.ports(text, at: word.location) }
    }
    configuration.exposedPorts = Set(configuration.exposedPorts + ports).sorted()
    return "EXPOSE map[\(Set(ports).sorted().map { "\($0):{}" }.joined(separator: " "))]"
  }

  /// The ports of `80`, `80/udp` or `8000-8003/tcp`.
  private static func ports(
    _ text: String, at location: SourceLocation
  ) throws(Diagnostic) -> [String] {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let kind = parts.count > 1 ? parts[1].lowercased() : "tcp"
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
    guard parts.count <= 2, ["tcp", "udp", "sctp"].contains(kind), (1...2).contains(ends.count),
      let first = ends[0], let last = ends[ends.count - 1], first > 0, first <= last
    else {
      throw Diagnostic(
        .error, "invalid port '\(text)'", at: location,
        hint: "write 80, 80/udp or 8000-8010")
    }
    return (first...last).map { "\($0)/\(kind)" }
  }

  private mutating func addVolumes(_ words: [Word]) throws(Diagnostic) -> String {
    var paths: [String] = []
    for word in words {
      let path = try expand(word)
      guard !path.isEmpty else {
        throw Diagnostic(.error, "VOLUME has an empty path", at: word.location)
      }
      paths.append(path)
    }
    configuration.volumes = Set(configuration.volumes + paths).sorted()
    return "VOLUME [\(paths.joined(separator: " "))]"
  }

  private mutating func setEntrypoint(_ form: CommandForm) -> String {
    let arguments = arguments(of: form)
    configuration.entrypoint = arguments
    // The command of the base image was meant for its own entry point.
    if !commandIsSet { configuration.command = nil }
    return "ENTRYPOINT \(Self.quoted(arguments))"
  }

  private mutating func setHealthcheck(_ instruction: HealthcheckInstruction) -> String {
    var healthcheck = instruction.options
    switch instruction.command {
    case nil: healthcheck.test = ["NONE"]
    case .shell(let text): healthcheck.test = ["CMD-SHELL", text]
    case .exec(let arguments): healthcheck.test = ["CMD"] + arguments
    }
    configuration.healthcheck = healthcheck
    let times = [
      healthcheck.interval, healthcheck.timeout, healthcheck.startPeriod,
      healthcheck.startInterval,
    ].map { "\"\(GoDuration.text($0))\"" }.joined(separator: " ")
    let retries =
      "'\\x" + (healthcheck.retries < 16 ? "0" : "")
      + String(healthcheck.retries, radix: 16) + "'"
    return "HEALTHCHECK &{\(Self.quoted(healthcheck.test)) \(times) \(retries)}"
  }

  private mutating func setStopSignal(_ word: Word) throws(Diagnostic) -> String {
    let signal = try expand(word)
    guard Signals.number(of: signal) != nil else {
      throw Diagnostic(
        .error, "unknown signal '\(signal)'", at: word.location,
        hint: "write a name such as SIGTERM, or a number")
    }
    configuration.stopSignal = signal
    return "STOPSIGNAL \(signal)"
  }

  /// A list as Go prints it: `["node" "server.js"]`.
  static func quoted(_ arguments: [String]) -> String {
    "[" + arguments.map { JSON.string($0).text() }.joined(separator: " ") + "]"
  }
}
