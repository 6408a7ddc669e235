import Model

/// A directory in a git repository: `https://host/repo.git#branch:directory`.
///
/// Source: docker buildx build reference, "Git repositories"; the parameters after `?` are those
/// that BuildKit knows.
struct GitLocation: Hashable {
  /// What git is given.
  var remote: String
  /// A branch, a tag, a full name such as `refs/pull/1/head` or a commit; nil for the default.
  var reference: String?
  /// The directory in the repository; `.` for all of it.
  var directory = "."
  /// How the commit must begin.
  var checksum: String?
  /// Whether `.git` comes along; nil when the address does not say.
  var keepsGitDirectory: Bool?
  /// Whether submodules come along.
  var hasSubmodules = true

  init(_ text: String) throws(Diagnostic) {
    let parts = text.parts("#", maxSplits: 1, omittingEmpty: false)
    let address = parts[0].parts("?", maxSplits: 1, omittingEmpty: false)
    remote = address[0]
    if parts.count > 1 {
      let fragment = parts[1].parts(":", maxSplits: 1, omittingEmpty: false)
      if !fragment[0].isEmpty { reference = fragment[0] }
      if fragment.count > 1 { directory = Paths.clean(fragment[1]) }
    }
    if address.count > 1 {
      for pair in address[1].parts("&") { try readParameter(pair) }
    }
    try check()
  }

  private mutating func readParameter(_ pair: String) throws(Diagnostic) {
    let parts = pair.parts("=", maxSplits: 1, omittingEmpty: false)
    let value = parts.count > 1 ? parts[1] : ""
    switch parts[0] {
    case "ref": try refer(to: value, by: "ref")
    case "tag": try refer(to: "refs/tags/\(value)", by: "tag")
    case "branch": try refer(to: "refs/heads/\(value)", by: "branch")
    case "subdir":
      guard directory == "." || directory == Paths.clean(value) else {
        throw mistake("names two directories")
      }
      directory = Paths.clean(value)
    case "checksum", "commit": checksum = value
    case "keep-git-dir": keepsGitDirectory = try truth(value, of: parts[0])
    case "submodules": hasSubmodules = try truth(value, of: parts[0])
    default:
      throw mistake(
        "has the unknown parameter '\(parts[0])'",
        hint: "known are ref, tag, branch, subdir, checksum, keep-git-dir and submodules")
    }
  }

  private mutating func refer(to name: String, by key: String) throws(Diagnostic) {
    guard reference == nil || reference == name else {
      throw mistake("names two references", hint: "leave '\(key)=' or what follows '#' out")
    }
    reference = name
  }

  private func truth(_ text: String, of key: String) throws(Diagnostic) -> Bool {
    switch text.lowercased() {
    case "", "1", "t", "true": return true
    case "0", "f", "false": return false
    default: throw mistake("has a wrong value for '\(key)': '\(text)'")
    }
  }

  /// Refuses what git would take for an option or a pattern.
  private func check() throws(Diagnostic) {
    if let name = reference {
      let isRight =
        !name.hasPrefix("-") && !name.contains("..")
        && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"^~:?*[\\".utf8.contains($0) }
      guard isRight else { throw mistake("has a wrong reference '\(name)'") }
    }
    if let checksum, !Self.isHexadecimal(checksum) {
      throw mistake("has a checksum that is not a commit: '\(checksum)'")
    }
  }

  static func isHexadecimal(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20)
      }
  }

  /// The commit, when the reference is a whole one (40 digits, or 64 of SHA-256).
  var commit: String? {
    guard let reference, [40, 64].contains(reference.utf8.count), Self.isHexadecimal(reference)
    else { return nil }
    return reference.lowercased()
  }

  /// The address without a password, for messages and for files that stay.
  var shownRemote: String { RemoteSource.withoutPassword(remote) }

  private func mistake(_ message: String, hint: String? = nil) -> Diagnostic {
    Diagnostic(
      .error, "the git address \(shownRemote) \(message)",
      hint: hint ?? "such as https://HOST/REPOSITORY.git#BRANCH:DIRECTORY")
  }
}
