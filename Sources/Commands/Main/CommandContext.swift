import Compose
import Engine
import Linux
import Model
import State

/// What every command is given: the global options, where to write, and the engine.
struct CommandContext: Sendable {
  /// The options that stand before the command.
  var global: GlobalOptions
  /// Where the command learns about its process from.
  let processEnvironment: ProcessEnvironment
  /// Carries Ctrl-C into the engine.
  let interruption: Interruption
  /// How many operations run at once; nil when nobody said.
  let parallelism: Parallelism?

  /// The place of everything on disk.
  var layout: Layout {
    Layout(
      root: directory(global.root, "ROOST_ROOT", Layout.defaultRoot),
      runRoot: directory(global.runRoot, "ROOST_RUN_ROOT", Layout.defaultRunRoot))
  }

  /// A directory that an option or a variable names. Supervisors and shims work elsewhere, so that it
  /// must be absolute.
  private func directory(_ option: String?, _ variable: String, _ standard: String) -> String {
    let path = option ?? processEnvironment.variables[variable] ?? ""
    return path.isEmpty
      ? standard : PathText.absolute(path, in: processEnvironment.workingDirectory)
  }

  /// An engine that reports to `progress`.
  func engine(progress: any ProgressReporter = SilentProgress()) -> Engine {
    var engine = Engine(
      layout: layout, executables: processEnvironment.executables, progress: progress,
      interruption: interruption)
    engine.parallelism = parallelism?.limit
    engine.userNamespaces = global.userns ?? .private
    engine.caller = Caller(environment: processEnvironment.variables)
    return engine
  }

  /// Starts the trace that `--debug` or `ROOST_DEBUG` ask for.
  func startTrace() {
    let asked = TraceRequest(processEnvironment.variables[TraceRequest.variable])
    if case .file(let path) = asked { TraceLog.start(process: "roost", path: path) }
    guard global.debug || asked == .shown else { return }
    // Where it cannot be made, what is shown is all there is.
    try? Files.makeDirectories(layout.runRoot, mode: 0o700)
    TraceLog.start(process: "roost", path: layout.debugLog, isShown: true)
  }

  /// True when standard error is a terminal that wants colours and redrawn lines.
  var errorStyle: TextStyle { TextStyle(descriptor: 2, ansi: global.ansi, processEnvironment) }
  /// How standard output may be dressed.
  var outputStyle: TextStyle { TextStyle(descriptor: 1, ansi: global.ansi, processEnvironment) }

  /// Writes text to standard output; on a terminal, with control characters written out.
  func print(_ text: String, terminator: String = "\n") {
    Output.write(text + terminator, to: 1)
  }

  /// Writes a line for people to standard output.
  func print(_ text: TerminalText) {
    Output.write("\(text)\n" as TerminalText, to: 1)
  }

  /// Shows a line on standard error that belongs to what standard output has.
  func note(_ text: TerminalText) { Output.write("\(text)\n" as TerminalText, to: 2) }

  /// Shows a message on standard error, as text or as a JSON line.
  func show(_ diagnostic: Diagnostic) {
    if global.progressMode(processEnvironment) == .json {
      Output.write(diagnostic.json.text() + "\n", to: 2)
    } else {
      Output.write("\(errorStyle.dress(diagnostic))\n" as TerminalText, to: 2)
    }
  }

  /// Keeps other users of the machine out of the store, also out of one that an earlier version
  /// made. Whoever is not root changes nothing.
  func closeStore() throws {
    guard processEnvironment.userID == 0 else { return }
    try engine().closeDirectories().forEach(show)
  }

  /// Fails with a sentence when the command needs root and does not have it, or when there is no
  /// place to keep things.
  func requireRoot() throws {
    try Engine.requireRoot(processEnvironment.userID)
    try engine().prepareDirectories().forEach(show)
  }
}

/// A command that runs with the shared context.
protocol ContextCommand {
  /// True when it reads or writes what lies below `--root` and `--run-root`.
  static var opensStore: Bool { get }
  /// What `--dry-run` makes of it.
  static var dryRun: DryRun { get }
  /// Does the work; a thrown error becomes a message and an exit code.
  func run(in context: CommandContext) throws
}

extension ContextCommand {
  static var opensStore: Bool { true }
  static var dryRun: DryRun { .missing }
}

/// What a command makes of `--dry-run`.
enum DryRun: Sendable {
  /// It shows what it would do.
  case shown
  /// It does what it always does: it only reads.
  case changesNothing
  /// It is refused.
  case missing
}

/// Ends the process with this code and no message: the command has said all there is to say.
struct SilentExit: Error, CustomStringConvertible {
  /// The exit code.
  var code: Int32

  var description: String { "exit code \(code)" }
}
