import ArgumentParser
import Engine
import Glibc
import Model

/// `roost container start`.
struct ContainerStartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start containers.")

  @Flag(name: [.customShort("a"), .long], help: "Show what it writes, until it ends.")
  var attach = false
  @Flag(name: [.customShort("i"), .long], help: "Pass standard input on; goes with --attach.")
  var interactive = false
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func validate() throws {
    guard attach || interactive, containers.count > 1 else { return }
    throw ValidationError("one can only be attached to one container")
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    guard attach || interactive else {
      return try Removal.each(containers, in: context) { name throws(EngineError) in
        _ = try context.engine().startContainer(name)
      }
    }
    var options = ForegroundOptions()
    options.interactive = interactive
    SignalForwarding.forwardAll()
    let code = try context.engine().startContainer(containers[0], attachment: options)
    if let code, code != 0 { throw SilentExit(code: code) }
  }
}

/// `roost container attach`.
struct ContainerAttachCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach", abstract: "Join the streams of a container that runs.")

  @Option(help: "The keys that leave a terminal without ending the container.")
  var detachKeys: String?
  @Flag(help: "Do not pass standard input on.")
  var noStdin = false
  @Flag(inversion: .prefixedNo, help: "Pass the signals that we get on to the container.")
  var sigProxy = true
  @Argument(help: "The container, by name or id.")
  var container: String

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    var options = ForegroundOptions()
    options.interactive = !noStdin
    options.passesSignals = sigProxy
    if let detachKeys {
      guard let keys = ForegroundOptions.detachKeys(detachKeys) else {
        throw ValidationError("--detach-keys \(detachKeys): expected keys such as ctrl-p,ctrl-q")
      }
      options.detachKeys = keys
    }
    if sigProxy { SignalForwarding.forwardAll() }
    let code = try context.engine().attach(container: container, options)
    if code != 0 { throw SilentExit(code: code) }
  }
}

/// `roost container stop`.
struct ContainerStopCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop containers.")

  @Option(name: [.customShort("t"), .long], help: "Seconds until they are killed.")
  var timeout: Int?
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let patience = CommandContext.seconds(timeout)
    let engine = context.engine(progress: context.progress("stop"))
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try engine.stopContainer(name, timeout: patience)
    }
  }
}

/// `roost container restart`.
struct ContainerRestartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Stop containers and start them again.")

  @Option(name: [.customShort("t"), .long], help: "Seconds until they are killed.")
  var timeout: Int?
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let patience = CommandContext.seconds(timeout)
    let engine = context.engine(progress: context.progress("restart"))
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try engine.restartContainer(name, timeout: patience)
    }
  }
}

/// `roost container kill`.
struct ContainerKillCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Send a signal to containers.")

  @Option(name: [.customShort("s"), .long], help: "The signal, as a name or a number.")
  var signal = "SIGKILL"
  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func validate() throws {
    guard Signals.number(of: signal) != nil else {
      throw ValidationError("\(signal) is no signal; expected a name such as SIGHUP or a number")
    }
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let number = Signals.number(of: signal) ?? SIGKILL
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try context.engine().killContainer(name, signal: number)
    }
  }
}

/// `roost container pause`.
struct ContainerPauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Stop all processes of containers where they are.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try context.engine().pauseContainer(name)
    }
  }
}

/// `roost container unpause`.
struct ContainerUnpauseCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause", abstract: "Let the processes of paused containers go on.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    try Removal.each(containers, in: context) { name throws(EngineError) in
      try context.engine().unpauseContainer(name)
    }
  }
}

/// `roost container wait`.
struct ContainerWaitCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until containers end, and print their exit codes.")

  @Argument(help: "Containers, by name or id.")
  var containers: [String]

  func run(in context: CommandContext) throws {
    let engine = context.engine()
    for name in containers { context.print("\(try engine.waitForContainer(name))") }
  }
}

/// `roost container prune`.
struct ContainerPruneCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove all containers that do not run.")

  @Flag(name: [.customShort("f"), .long], help: "Do not ask.")
  var force = false
  @Option(
    help: ArgumentHelp("Only some containers: label=KEY[=VALUE].", valueName: "filter"))
  var filter: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let labels = try filter.map { word in
      let (key, value) = Assignment.split(word)
      guard key == "label", let value else {
        throw EngineError("--filter \(word): expected label=KEY or label=KEY=VALUE")
      }
      return value
    }
    let question = "This removes all containers that do not run, those of projects too. Go on?"
    guard force || Question.ask(question) else { return }
    let removed = try context.engine().pruneContainers { container in
      labels.allSatisfy { LabelFilter.matches(container.labels, $0) }
    }
    removed.forEach { context.print($0) }
  }
}
