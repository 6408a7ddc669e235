/// What COPY and ADD are to copy, as it is written.
enum SourcePattern {
  /// The part of a pattern before its first wildcard, as a path, and whether anything comes after it
  /// that has to be matched: wildcards, or escapes.
  static func split(_ pattern: String) -> (directory: String, isMatched: Bool) {
    let parts = pattern.parts("/")
    let fixed = parts.prefix { part in !part.contains { "*?[\\".contains($0) } }
    return (
      fixed.isEmpty ? "." : fixed.joined(separator: "/"), fixed.count < parts.count
    )
  }

  /// True when the pattern has a wildcard, so that it may match nothing. An escaped one is plain
  /// text.
  ///
  /// Source: BuildKit, fsutil `containsWildcards`.
  static func hasWildcard(_ pattern: String) -> Bool {
    var isEscaped = false
    for scalar in pattern.unicodeScalars {
      if isEscaped {
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if "*?[".unicodeScalars.contains(scalar) {
        return true
      }
    }
    return false
  }
}
