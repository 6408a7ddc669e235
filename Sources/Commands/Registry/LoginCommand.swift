import ArgumentParser
import Engine
import Glibc
import Linux
import Model
import Transfer

/// `roost login`: keep the credentials of a registry.
struct LoginCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let configuration = CommandConfiguration(
    commandName: "login", abstract: "Log in to a registry.",
    discussion: "Credentials are kept where the Docker client keeps them, and shared with it.")

  @Option(name: [.customShort("u"), .long], help: "The user's name.")
  var username: String?
  @Option(name: [.customShort("p"), .long], help: "The password; others can see it in `ps`.")
  var password: String?
  @Flag(help: "Read the password from standard input.")
  var passwordStdin = false
  @Argument(help: "The registry; docker.io when left out.")
  var server: String?

  func run(in context: CommandContext) throws {
    if password != nil, passwordStdin {
      throw ValidationError("--password and --password-stdin exclude each other")
    }
    let engine = context.engine()
    let account = try engine.registryAccount(server)
    let domain = account.domain
    if username == nil, password == nil, !passwordStdin, try engine.checkLogin(domain) {
      context.print("Login Succeeded")
      return
    }
    let prompt = CredentialPrompt(context: context)
    let user = try username ?? prompt.user(of: domain, known: account.user)
    let secret = try passwordStdin ? prompt.piped() : password ?? prompt.secret()
    if password != nil {
      context.show(
        Diagnostic(
          .warning, "a password on the command line can be seen by others",
          hint: "use --password-stdin"))
    }
    let result = try engine.login(domain, user: user, secret: secret)
    if let file = result.unencryptedFile {
      context.show(
        Diagnostic(
          .warning, "the password is kept unencrypted in \(file)",
          hint: "a credential helper (\"credsStore\" in that file) keeps it safer"))
    }
    context.print("Login Succeeded")
  }
}

/// Asks for a user's name and password.
struct CredentialPrompt {
  let context: CommandContext

  private static let limit = 64 << 10

  /// The name that the user types; an empty line takes the known one.
  func user(of domain: String, known: String?) throws -> String {
    try requireTerminal(hint: "give the name with --username")
    let choice = known.map { " (\($0))" } ?? ""
    Output.write("Username for \(domain)\(choice): " as TerminalText, to: 2)
    let line = readLine() ?? ""
    return line.isEmpty ? known ?? "" : line
  }

  /// The password that the user types unseen.
  func secret() throws -> String {
    try requireTerminal(hint: "give the password with --password-stdin")
    Output.write("Password: ", to: 2)
    let settings = try Terminal.hideInput(0)
    defer {
      Terminal.restore(0, settings)
      Output.write("\n", to: 2)
    }
    return readLine() ?? ""
  }

  /// The password on standard input, without the end of its line.
  func piped() throws -> String {
    let bytes = try Descriptors.readAll(0, limit: Self.limit)
    var text = String(decoding: bytes, as: UTF8.self)[...]
    while text.last?.isNewline ?? false { text.removeLast() }
    return String(text)
  }

  private func requireTerminal(hint: String) throws {
    guard Terminal.isTerminal(0) else {
      throw EngineError("standard input is not a terminal to ask at", hint: hint)
    }
  }
}
