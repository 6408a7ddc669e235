import ArgumentParser
import Compose
import Engine
import Glibc
import Linux
import Model
import State

/// The program: from arguments to an exit code.
package enum Roost {
  /// More than a command or a supervisor of a hundred containers opens at a time, and within
  /// every usual limit.
  private static let descriptorCount: Int32 = 1000

  /// Runs the program's own command line; returns the exit code.
  package static func main() -> Int32 {
    do throws(SyscallError) {
      let words = try ProcessTable.ownArguments()
      return main(
        Array(words.dropFirst()), isDocker: words.first.map(DockerProgram.isName) ?? false)
    } catch {
      let failure = Diagnostic(.error, "cannot read the arguments: \(error)", hint: error.hint)
      Output.write(TerminalText(lines: failure.rendered() + "\n"), to: 2)
      return 1
    }
  }

  /// Runs a command line; returns the exit code.
  ///
  /// - Parameter isDocker: True when the program was called as `docker`, whose words these are.
  package static func main(_ arguments: [String], isDocker: Bool = false) -> Int32 {
    Descriptors.openMissingStandard()
    Privileges.raiseOpenFileLimit()
    Descriptors.makeRoom(for: descriptorCount)
    _ = FileModeMask.caller
    // The supervisor is this program too, but shares nothing with the command line.
    if let invocation = SupervisorStart.invocation(arguments) {
      Privileges.raiseOpenFileLimit(least: Privileges.customaryOpenFiles)
      return ProjectSupervisor.main(invocation)
    }
    if arguments.first == Completion.word {
      Output.write(Completion.answer(Array(arguments.dropFirst())), to: 1)
      return 0
    }
    var context: CommandContext
    let command: any ParsableCommand
    var words: [String] = []
    do {
      let arguments = isDocker ? try DockerProgram.words(arguments) : arguments
      let split = try GlobalArguments(arguments)
      words = split.rest
      let global = split.options
      let processEnvironment = ProcessEnvironment.current()
      try global.check(processEnvironment.variables)
      context = CommandContext(
        global: global, processEnvironment: processEnvironment, interruption: Interruption(),
        parallelism: try Parallelism.chosen(
          global.parallel, ProjectVariables.of(split, processEnvironment)))
      context.layout.nameInMessages()
      context.startTrace()
      if global.version, split.rest.isEmpty {
        context.print("roost version \(ProgramVersion.current)")
        return checkedOutput(0, context)
      }
      let words = try CommandWords(commandWords(split.rest))
      if let dryRun = words.dryRun { context.global.dryRun = dryRun }
      command = try parse(words.words)
      try checkDryRun(of: command, in: context)
    } catch let error as Diagnostic {
      Output.write(TerminalText(lines: error.rendered() + "\n"), to: 2)
      return FailureCode.usage
    } catch {
      return checkedOutput(report(parsing: error, of: words), nil)
    }
    return run(command, words, in: context)
  }

  private static func run(
    _ command: any ParsableCommand, _ words: [String], in context: CommandContext
  ) -> Int32 {
    SignalForwarding.install(context.interruption)
    do {
      if let command = command as? any ContextCommand {
        if type(of: command).opensStore {
          try context.joinMounts()
          try context.closeStore()
        }
        do { try command.run(in: context) } catch {
          throw DockerWords.explained(error, from: command)
        }
      } else {
        var command = command
        try command.run()
      }
      Screen.shared.settle()
      return checkedOutput(0, context)
    } catch {
      Screen.shared.settle()
      return checkedOutput(report(error, of: words, from: command, in: context), context)
    }
  }

  /// Says why a command failed; returns its exit code.
  private static func report(
    _ error: any Error, of words: [String], from command: any ParsableCommand,
    in context: CommandContext
  ) -> Int32 {
    switch error {
    case let exit as SilentExit: return exit.code
    case let error as EngineError:
      error.diagnostics.forEach(context.show)
      return exitCode(of: error, from: command)
    case let error as Diagnostics:
      error.messages.forEach(context.show)
      return error.messages.contains(where: UnknownService.isMessage)
        ? FailureCode.failure : FailureCode.files
    case let error as Diagnostic:
      context.show(error)
      return 1
    case let error as SyscallError:
      context.show(Diagnostic(.error, "\(error)", hint: error.hint))
      return 1
    default: return report(parsing: error, of: words, in: context)
    }
  }

  /// The code of a failed start, 125 to 127, is that of `run` and `exec`, where it stands for the
  /// program's own. Where what exists is started it is an error like others, as for Docker.
  private static func exitCode(
    of error: EngineError, from command: any ParsableCommand
  ) -> Int32 {
    switch command {
    case is UpCommand, is StartCommand, is RestartCommand, is ScaleCommand, is CreateCommand,
      is ContainerStartCommand, is ContainerRestartCommand:
      (125...127).contains(error.exitCode) ? 1 : error.exitCode
    default: error.exitCode
    }
  }

  /// The exit code of a command, unless what it had to say did not get to where it should.
  private static func checkedOutput(_ code: Int32, _ context: CommandContext?) -> Int32 {
    guard let failure = OutputCall.standardOutputFailure else { return code }
    let message = Diagnostic(
      .error, "cannot write to standard output: \(failure)", hint: failure.hint)
    if let context {
      context.show(message)
    } else {
      Output.write(TerminalText(lines: message.rendered() + "\n"), to: 2)
    }
    return code == 0 ? 1 : code
  }

  /// Help goes to standard output with code 0, every mistake to standard error with its own code.
  private static func report(
    parsing error: any Error, of words: [String], in context: CommandContext? = nil
  ) -> Int32 {
    let isHelp = CommandTree.exitCode(for: error) == .success
    var text = isHelp ? CommandTree.fullMessage(for: error) : CommandTree.message(for: error)
    if isHelp {
      text = CommandHelp.withDryRun(text, of: CommandTree.find(words).command)
      Output.write(text + (text.hasSuffix("\n") ? "" : "\n"), to: 1)
      return 0
    }
    let message = Diagnostic(
      .error, text.isEmpty ? "\(error)" : text, hint: helpHint(for: words))
    if let context {
      context.show(message)
    } else {
      Output.write(TerminalText(lines: message.rendered() + "\n"), to: 2)
    }
    return FailureCode.usage
  }

  /// Where the options of the command are explained that was called.
  static func helpHint(for words: [String]) -> String {
    let count = CommandTree.find(words).count
    guard count > 0 else { return "roost --help lists the commands and options" }
    return "roost \(words[..<count].joined(separator: " ")) --help lists its options"
  }

  /// The words that name the command and what is behind them; refuses one that there is not.
  private static func commandWords(_ arguments: [String]) throws(Diagnostic) -> [String] {
    let arguments = completionScript(normalHelp(arguments))
    if let unknown = UnknownCommand.diagnostic(for: arguments) { throw unknown }
    return arguments
  }

  /// Refuses a dry run of what can only be done.
  private static func checkDryRun(
    of command: any ParsableCommand, in context: CommandContext
  ) throws(Diagnostic) {
    guard context.global.dryRun, let kind = type(of: command) as? any ContextCommand.Type,
      kind.dryRun == .missing
    else { return }
    let name = CommandTree.words(of: type(of: command)).joined(separator: " ")
    throw Diagnostic(
      .error, "`roost \(name)` has no dry run; nothing was done",
      hint: "without --dry-run it is done")
  }

  /// Finds the command. Help on the whole also knows the global options.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    let isCommand = arguments.first.map { !$0.hasPrefix("-") } ?? false
    return try isCommand
      ? CommandTree.parseAsRoot(arguments) : RoostCommand.parseAsRoot(arguments)
  }

  /// `roost --generate-completion-script bash` is `roost completion bash`.
  private static func completionScript(_ arguments: [String]) -> [String] {
    let option = "--generate-completion-script"
    guard let first = arguments.first, first.hasPrefix(option) else { return arguments }
    if first == option { return ["completion"] + arguments.dropFirst() }
    return ["completion", String(first.dropFirst(option.count + 1))]
  }

  /// `roost help up` is `roost up --help`.
  private static func normalHelp(_ arguments: [String]) -> [String] {
    guard arguments.first == "help" else { return arguments }
    return Array(arguments.dropFirst()) + ["--help"]
  }
}
