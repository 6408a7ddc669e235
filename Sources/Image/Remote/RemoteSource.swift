import Model

/// What ADD or a build context names that is not on this host.
///
/// Source: Dockerfile reference, "ADD"; docker buildx build reference, "Git repositories" and
/// "Remote tarballs".
enum RemoteSource: Hashable {
  /// A file that is fetched over HTTP.
  case file(String)
  /// A directory of a git repository.
  case repository(GitLocation)

  private static let schemes = ["http://", "https://", "git://", "ssh://"]

  /// True when a source is none of the build context, whatever it is.
  static func isRemote(_ text: String) -> Bool {
    schemes.contains { text.lowercased().hasPrefix($0) } || isShortForm(text)
  }

  /// `user@host:path`, as ssh takes it.
  private static func isShortForm(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), let at = text[..<colon].lastIndex(of: "@") else {
      return false
    }
    let user = text[..<at]
    let host = text[text.index(after: at)..<colon]
    let isWord = { (part: Substring) in
      !part.isEmpty && !part.hasPrefix("-")
        && part.utf8.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            || "-_.".utf8.contains(byte)
        }
    }
    return isWord(user) && isWord(host)
  }

  /// An address as it may be shown: without a password in it.
  static func withoutPassword(_ text: String) -> String {
    guard isRemote(text), let mark = text.firstRange(of: "://") else { return text }
    let rest = text[mark.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") else {
      return text
    }
    return String(text[..<mark.upperBound]) + String(rest[rest.index(after: at)...])
  }

  /// Reads an address; nil for what is a path. An address that cannot be used throws.
  ///
  /// - Parameter isContext: Build contexts may leave the scheme of `github.com/…` out.
  init?(_ text: String, isContext: Bool = false) throws(Diagnostic) {
    if isContext, text.hasPrefix("github.com/") {
      self = .repository(try GitLocation("https://\(text)"))
      return
    }
    guard Self.isRemote(text) else { return nil }
    let isWeb = text.lowercased().hasPrefix("http")
    let address = text.prefix { $0 != "#" && $0 != "?" }
    // Over HTTP, only the ending tells a repository from a file.
    if isWeb, !address.hasSuffix(".git") {
      self = .file(text)
    } else {
      self = .repository(try GitLocation(text))
    }
  }
}

/// The name that a fetched file gets.
enum RemoteFileName {
  /// The last part of an address's path, without its escapes; nil when it has none.
  static func inPath(of address: String) -> String? {
    guard let mark = address.firstRange(of: "://") else { return nil }
    let rest = address[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    return safe(PercentEncoding.decode(rest[slash...]))
  }

  /// The last part of a name that a server chose; nil when nothing usable is left of it.
  static func safe(_ name: String) -> String? {
    guard let last = name.parts("/").last, last != ".", last != "..",
      last.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), last.utf8.count <= 255
    else { return nil }
    return last
  }
}
