import ArgumentParser
import Compose
import Engine
import Glibc
import Linux
import Model

/// `roost container run IMAGE`: one container without a Compose file.
struct ContainerRunCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run an image in a new container, without a Compose file.",
    usage: "roost container run [<options>] <image> [<command> ...]",
    discussion: """
      This is `docker run`. It takes an image and knows no services; `roost run` takes a service \
      of a Compose file and knows no images, as `docker compose run` does.
      """)

  @Flag(name: [.customShort("d"), .long], help: "Run in the background and print the id.")
  var detach = false
  @Option(help: "The keys that leave a terminal without ending the container.")
  var detachKeys: String?
  @Flag(inversion: .prefixedNo, help: "Pass the signals that we get on to the container.")
  var sigProxy = true
  @OptionGroup var flags: ContainerFlags
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The image, then the command and its arguments.", valueName: "image"))
  var words: [String] = []

  func validate() throws {
    guard let detachKeys else { return }
    guard ForegroundOptions.detachKeys(detachKeys) != nil else {
      throw ValidationError("--detach-keys \(detachKeys): expected keys such as ctrl-p,ctrl-q")
    }
  }

  func run(in context: CommandContext) throws {
    let project = try flags.project(words, of: Self.self, in: context)
    try context.requireRoot()
    var options = flags.options(detach: detach)
    if flags.tty, flags.interactive, !detach, isatty(0) == 0 {
      throw EngineError(
        "-t was given, but standard input is not a terminal",
        hint: "leave out -t to pass a pipe on",
        exitCode: Self.failure)
    }
    options.attachment.passesSignals = sigProxy
    if let detachKeys {
      options.attachment.detachKeys = ForegroundOptions.detachKeys(detachKeys) ?? []
    }
    if !detach, sigProxy { SignalForwarding.forwardAll() }
    let result = try attempt(project, options, context)
    if detach { return context.print(result.id.hex) }
    if let code = result.exitCode, code != 0 { throw SilentExit(code: code) }
  }

  /// What `docker run` ends with when it is not the container's program that failed.
  private static let failure: Int32 = 125

  private func attempt(
    _ project: Project, _ options: ContainerRunOptions, _ context: CommandContext
  ) throws -> RunResult {
    let engine = context.engine(progress: context.progress("run", quiet: flags.quiet))
    do throws(EngineError) {
      return try engine.runContainer(project, options) { id throws(EngineError) in
        try flags.writeIdentity(id, in: context)
      }
    } catch {
      throw EngineError(
        error.diagnostics,
        exitCode: FailureCode.isOwn(error.exitCode) ? Self.failure : error.exitCode)
    }
  }
}

extension ContainerFlags {
  /// Writes the id where `--cidfile` says.
  func writeIdentity(_ id: ObjectID, in context: CommandContext) throws(EngineError) {
    guard let cidfile else { return }
    let path = context.absolute(cidfile)
    do throws(SyscallError) {
      let file = try Files.open(
        path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644 & ~FileModeMask.caller)
      try Descriptors.writeAll(file.raw, Array(id.hex.utf8))
    } catch {
      throw EngineError(
        "--cidfile: \(error)", hint: "name a file that does not exist yet", exitCode: 125)
    }
  }
}
