/// Files in repositories and registries: what they look like, and what to say where they cannot be
/// brought to this machine.
enum RemoteFile {
  static func isRemote(_ path: String) -> Bool {
    path.contains("://") || path.hasPrefix("git@") || path.hasPrefix("github.com/")
  }

  static func refusal(_ path: String) -> String { "\(path) is not on this host" }
  static let hint = "files of repositories and registries are not read here; name a local copy"
}
