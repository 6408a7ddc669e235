import Glibc
import Linux
import Model
import State
import Transfer

/// The file in which the Docker client keeps credentials: `~/.docker/config.json`.
///
/// Source: Docker CLI documentation, "Configuration files" and "Credential stores". Everything
/// that is not about credentials is left as it is.
struct DockerConfiguration {
  let path: String
  private(set) var content: JSONObject

  /// The file's place: `$DOCKER_CONFIG/config.json`, or that below the home directory.
  static func path(_ environment: [String: String]) -> String {
    if let directory = environment["DOCKER_CONFIG"], !directory.isEmpty {
      return "\(directory)/config.json"
    }
    return "\(environment["HOME"] ?? "/root")/.docker/config.json"
  }

  /// Reads the file; one that is not there is empty.
  init(path: String) throws(RegistryError) {
    self.path = path
    do {
      guard let bytes = try Files.readIfPresent(path), !bytes.isEmpty else {
        content = JSONObject()
        return
      }
      guard let object = try JSON.parse(bytes).objectValue else {
        throw RegistryError(.local, "\(path) holds no JSON object")
      }
      content = object
    } catch let error as RegistryError {
      throw error
    } catch {
      throw RegistryError(.local, "cannot read \(path): \(error)")
    }
  }

  /// The helper program that keeps a registry's credentials; nil when the file itself does.
  func helper(for domain: String) -> String? {
    let helpers = content["credHelpers"]?.objectValue
    let own = helpers?[domain] ?? helpers?[CredentialKey.name(of: domain)]
    let name = own?.stringValue ?? content["credsStore"]?.stringValue
    return name?.isEmpty ?? true ? nil : name
  }

  /// The credentials in the file itself.
  func credentials(for domain: String) throws(RegistryError) -> Credentials? {
    guard let entries = content["auths"]?.objectValue else { return nil }
    let key = CredentialKey.name(of: domain)
    let host = CredentialKey.host(of: key)
    let member =
      entries.members.first { $0.key == key }
      ?? entries.members.first { CredentialKey.host(of: $0.key) == host }
    guard let entry = member?.value else { return nil }
    if let token = entry["identitytoken"]?.stringValue, !token.isEmpty {
      return .identityToken(token)
    }
    if let user = entry["username"]?.stringValue, let secret = entry["password"]?.stringValue {
      return .password(user: user, secret: secret)
    }
    guard let encoded = entry["auth"]?.stringValue, !encoded.isEmpty else { return nil }
    guard let text = Base64.decode(encoded), let colon = text.firstIndex(of: ":") else {
      throw RegistryError(
        .local, "\(path): the entry of \(domain) is damaged", hint: "use 'roost login \(domain)'")
    }
    return .password(
      user: String(text[..<colon]), secret: String(text[text.index(after: colon)...]))
  }

  /// Sets the credentials of a registry; nil removes them. Returns false when there were none to
  /// remove.
  @discardableResult
  mutating func set(_ credentials: Credentials?, for domain: String) -> Bool {
    var entries = content["auths"]?.objectValue ?? JSONObject()
    let host = CredentialKey.host(of: CredentialKey.name(of: domain))
    let old = entries.keys.filter { CredentialKey.host(of: $0) == host }
    for key in old { entries[key] = nil }
    switch credentials {
    case .password(let user, let secret):
      entries[CredentialKey.name(of: domain)] = [
        "auth": .string(Base64.encode("\(user):\(secret)"))
      ]
    case .identityToken(let token):
      entries[CredentialKey.name(of: domain)] = [
        "auth": .string(Base64.encode("00000000-0000-0000-0000-000000000000:")),
        "identitytoken": .string(token),
      ]
    case nil: break
    }
    content["auths"] = .object(entries)
    return !old.isEmpty
  }

  /// Writes the file so that only its owner can read it.
  func write() throws(RegistryError) {
    do throws(SyscallError) {
      try Files.makeDirectories(Files.parent(of: path), mode: 0o700)
      try Files.writeAtomically(
        path, JSON.object(content).utf8(.pretty) + [0x0A], mode: 0o600, sync: true)
    } catch {
      throw RegistryError(.local, "cannot write \(path): \(error.reason)")
    }
  }
}
