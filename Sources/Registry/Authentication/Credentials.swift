/// What identifies a user to a registry.
package enum Credentials: Sendable, Hashable {
  /// A user's name and password, or an access token in the password's place.
  case password(user: String, secret: String)
  /// A token that stands for a password, as `login` got it.
  case identityToken(String)
}

/// A registry's name in the files of the Docker client.
enum CredentialKey {
  /// The name under which Docker keeps the credentials of its own registry.
  static let dockerHub = "https://index.docker.io/v1/"

  static func name(of domain: String) -> String { domain == "docker.io" ? dockerHub : domain }

  /// The host of an entry, which may be a whole address in old files.
  static func host(of entry: String) -> String {
    var text = entry[...]
    for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
      text = text.dropFirst(scheme.count)
    }
    return String(text.prefix { $0 != "/" })
  }
}
