import Linux
import Model
import State
import Transfer

/// Where the credentials of this user are: helper programs and the Docker client's file.
struct CredentialStore: Sendable {
  let environment: [String: String]

  private var path: String { DockerConfiguration.path(environment) }

  /// The credentials of a registry; nil for none.
  func credentials(for domain: String) throws(RegistryError) -> Credentials? {
    let configuration = try DockerConfiguration(path: path)
    if let name = configuration.helper(for: domain) {
      let helper = CredentialHelper(name: name, environment: environment)
      if let found = try helper.get(domain) { return found }
    }
    return try configuration.credentials(for: domain)
  }

  /// Keeps credentials; returns the file when it now holds them unencrypted.
  func store(_ credentials: Credentials, for domain: String) throws(RegistryError) -> String? {
    let lock = try locked()
    defer { lock.release() }
    var configuration = try DockerConfiguration(path: path)
    if let name = configuration.helper(for: domain) {
      try CredentialHelper(name: name, environment: environment).store(credentials, for: domain)
      return nil
    }
    configuration.set(credentials, for: domain)
    try configuration.write()
    return path
  }

  /// Forgets credentials; false when there were none.
  func erase(_ domain: String) throws(RegistryError) -> Bool {
    let lock = try locked()
    defer { lock.release() }
    var configuration = try DockerConfiguration(path: path)
    var found = false
    if let name = configuration.helper(for: domain) {
      let helper = CredentialHelper(name: name, environment: environment)
      if try helper.get(domain) != nil {
        try helper.erase(domain)
        found = true
      }
    }
    if configuration.set(nil, for: domain) {
      try configuration.write()
      found = true
    }
    return found
  }

  /// Two logins at once must not lose one another's entry.
  private func locked() throws(RegistryError) -> FileLock {
    do throws(SyscallError) {
      try Files.makeDirectories(Files.parent(of: path), mode: 0o700)
      return try FileLock.acquire("\(Files.parent(of: path))/.roost-lock")
    } catch {
      throw RegistryError(.local, "cannot lock \(path): \(error)")
    }
  }
}
