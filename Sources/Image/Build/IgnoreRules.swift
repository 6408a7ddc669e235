import Model

/// The rules of a `.dockerignore` file; of several that match, the last one wins.
///
/// Source: Dockerfile reference, ".dockerignore file".
package struct IgnoreRules: Sendable {
  private struct Rule: Sendable {
    var glob: Glob
    var isException: Bool
  }

  private var rules: [Rule] = []

  /// No rules: nothing is ignored.
  package init() {}

  /// Reads the lines of a file; `file` is its name in messages.
  package init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    let text = try DockerfileText(bytes, file: file)
    for number in 1...max(1, text.lines.count) {
      let line = text.excerpt(number)
      guard !line.hasPrefix("#") else { continue }
      var pattern = line.trimmed
      let isException = pattern.hasPrefix("!")
      if isException { pattern = pattern.dropFirst().trimmed }
      guard !pattern.isEmpty else { continue }
      let cleaned = Paths.clean(pattern)
      guard cleaned != "." else { continue }
      guard let glob = Glob(cleaned) else {
        throw text.error(
          "invalid pattern '\(pattern)'", at: text.location(line: number, byte: 0),
          hint: "close the bracket, or write \\[ for a plain one")
      }
      rules.append(Rule(glob: glob, isException: isException))
    }
  }

  /// Makes rules from patterns that exclude, or bring back after a `!`, as `--exclude` gives them;
  /// nil for a bad one.
  package init?(excluding patterns: [String]) {
    for pattern in patterns {
      let isException = pattern.hasPrefix("!")
      guard let glob = Glob(Paths.clean(isException ? String(pattern.dropFirst()) : pattern))
      else { return nil }
      rules.append(Rule(glob: glob, isException: isException))
    }
  }

  /// True when there are no rules.
  package var isEmpty: Bool { rules.isEmpty }

  /// True when a path relative to the context is ignored: it, or a directory above it, matches.
  /// The context itself never is.
  package func ignores(_ path: String) -> Bool {
    guard !rules.isEmpty, path != "." else { return false }
    var isIgnored = false
    for rule in rules where rule.isException == isIgnored {
      if rule.glob.matchesAtOrAbove(path) { isIgnored = !rule.isException }
    }
    return isIgnored
  }

  /// True when an ignored directory may still hold something that an exception brings back.
  package func mayHoldExceptions(_ directory: String) -> Bool {
    rules.contains { rule in
      guard rule.isException else { return false }
      // Only the part before the first wildcard can rule a directory out.
      let fixed = rule.glob.pattern.prefix { !"*?[\\".contains($0) }
      let inner = directory + "/"
      return inner.hasPrefix(fixed) || fixed.hasPrefix(inner)
    }
  }
}

/// Paths as text.
enum Paths {
  /// Removes `.`, empty components and `..` where possible, and the slash at both ends; the
  /// result is relative, `.` when nothing is left. `..` at the start is dropped: paths in a
  /// build never leave their root.
  static func clean(_ path: String) -> String {
    var parts: [String] = []
    for part in path.parts("/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// `path` below `base`, or `path` itself when it is absolute.
  static func join(_ base: String, _ path: String) -> String {
    if path.utf8.first == UInt8(ascii: "/") || base == "." || base.isEmpty { return path }
    if path == "." || path.isEmpty { return base }
    return base.hasSuffix("/") ? base + path : "\(base)/\(path)"
  }

  /// An absolute path without `.` and `..`.
  static func absolute(_ path: String, in directory: String) -> String {
    let cleaned = clean(join(directory.isEmpty ? "/" : directory, path))
    return cleaned == "." ? "/" : "/" + cleaned
  }

  /// The last component.
  static func name(_ path: String) -> String {
    path.parts("/").last ?? ""
  }

  /// All but the last component; `.` when there is only one.
  static func parent(_ path: String) -> String {
    let scalars = path.unicodeScalars
    guard let slash = scalars.lastIndex(of: "/") else { return "." }
    return slash == scalars.startIndex ? "/" : String(scalars[..<slash])
  }
}
