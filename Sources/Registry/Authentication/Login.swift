import Image
import Model
import State
import Transfer

extension Registry {
  /// The registry as it stands in image names: without a scheme, `docker.io` for its other names.
  package static func domain(of text: String) throws(RegistryError) -> String {
    let host = CredentialKey.host(of: text)
    if ["index.docker.io", "registry-1.docker.io", Reference.defaultDomain].contains(host) {
      return Reference.defaultDomain
    }
    guard WebAddress.authority(host) != nil else {
      throw RegistryError(
        .invalid, "'\(text)' is no registry", hint: "write it as HOST or HOST:PORT")
    }
    return host
  }

  /// The name of the user who is logged in to a registry; nil when nobody is.
  package func user(of domain: String) throws(RegistryError) -> String? {
    let store = CredentialStore(environment: settings.environment)
    guard case .password(let user, _)? = try store.credentials(for: domain) else { return nil }
    return user
  }

  /// Checks credentials with the registry and keeps them.
  package func login(
    _ domain: String, user: String, secret: String
  ) throws(RegistryError) -> LoginResult {
    let given = Credentials.password(user: user, secret: secret)
    try check(given, domain)
    let identity = try identityToken(given, domain)
    let store = CredentialStore(environment: settings.environment)
    let kept = identity.map { Credentials.identityToken($0) } ?? given
    return LoginResult(unencryptedFile: try store.store(kept, for: domain))
  }

  /// Checks that what is kept for a registry is still good; false when nothing is kept.
  package func checkLogin(_ domain: String) throws(RegistryError) -> Bool {
    let store = CredentialStore(environment: settings.environment)
    guard let kept = try store.credentials(for: domain) else { return false }
    _ = try identityToken(kept, domain)
    return true
  }

  /// Forgets the credentials of a registry; false when there were none.
  package func logout(_ domain: String) throws(RegistryError) -> Bool {
    try CredentialStore(environment: settings.environment).erase(domain)
  }

  private func check(_ credentials: Credentials, _ domain: String) throws(RegistryError) {
    guard case .password(let user, let secret) = credentials else { return }
    guard !user.isEmpty, !secret.isEmpty else {
      throw RegistryError(.local, "the user name and the password must not be empty")
    }
    // In basic authentication the first colon ends the name. Source: RFC 7617, section 2.
    guard !user.contains(":") else {
      throw RegistryError(.local, "a user name must not contain a colon: '\(user)'")
    }
  }

  private func identityToken(
    _ credentials: Credentials, _ domain: String
  ) throws(RegistryError) -> String? {
    try running { transport in
      let connection = try await RegistryConnection.open(
        domain, settings: settings, transport: transport
      ) { () throws(RegistryError) in credentials }
      return try await connection.authenticate()
    }
  }
}
