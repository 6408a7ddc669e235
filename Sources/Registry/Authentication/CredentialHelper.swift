import Linux
import Model
import State
import Transfer

/// Runs `docker-credential-NAME`, which keeps credentials outside of the file.
///
/// Source: docker-credential-helpers, "Development": the verb is the argument, the rest goes
/// through standard input and output.
struct CredentialHelper {
  let name: String
  let environment: [String: String]

  private static let timeoutMilliseconds = 60_000
  private static let notFound = "credentials not found in native keychain"
  private static let tokenUser = "<token>"

  /// The credentials of a registry; nil when the helper has none.
  func get(_ domain: String) throws(RegistryError) -> Credentials? {
    let answer = try run("get", input: CredentialKey.name(of: domain))
    guard let text = answer else { return nil }
    guard let json = try? JSON.parse(text), let secret = json["Secret"]?.stringValue else {
      throw RegistryError(.local, "\(program) gave an answer that is not understood")
    }
    let user = json["Username"]?.stringValue ?? ""
    return user == Self.tokenUser
      ? .identityToken(secret) : .password(user: user, secret: secret)
  }

  /// Keeps credentials.
  func store(_ credentials: Credentials, for domain: String) throws(RegistryError) {
    let (user, secret) =
      switch credentials {
      case .password(let user, let secret): (user, secret)
      case .identityToken(let token): (Self.tokenUser, token)
      }
    let request: JSON = [
      "ServerURL": .string(CredentialKey.name(of: domain)), "Username": .string(user),
      "Secret": .string(secret),
    ]
    _ = try run("store", input: request.text())
  }

  /// Forgets credentials.
  func erase(_ domain: String) throws(RegistryError) {
    _ = try run("erase", input: CredentialKey.name(of: domain))
  }

  private var program: String { "docker-credential-\(name)" }

  /// Runs the program; nil when it says that there are no credentials.
  private func run(_ verb: String, input: String) throws(RegistryError) -> String? {
    guard !name.contains("/"), let path = Spawn.find(program, path: environment["PATH"]) else {
      throw RegistryError(
        .local, "the credential helper \(program) is not installed",
        hint: "install it, or remove it from the Docker configuration file")
    }
    var request = SpawnRequest(path, [verb])
    request.environment = environment.map { "\($0.key)=\($0.value)" }
    let result: CapturedOutput
    do throws(SyscallError) {
      result = try Spawn.capture(
        request, input: Array(input.utf8), timeoutMilliseconds: Self.timeoutMilliseconds,
        limit: 1 << 20)
    } catch {
      throw RegistryError(.local, "cannot run \(path): \(error.reason)")
    }
    if result.status.code == 0 { return result.outputText }
    let output = result.outputText + result.errorText
    if output.contains(Self.notFound) { return nil }
    let lines = output.split(separator: "\n").map(String.init)
    throw RegistryError(
      .local,
      "\(program) \(verb) failed"
        + (lines.first.map { ": \($0)" } ?? " with status \(result.status.code)"))
  }
}
