import Model

/// A warning, and the check that found it, by the name that BuildKit gives it.
struct CheckedWarning: Sendable {
  var rule: String
  var diagnostic: Diagnostic
}

/// The parser directive `check`: which checks are left out, and whether warnings are errors.
///
/// Source: Dockerfile reference, "check".
struct CheckDirective {
  private var skipped: Set<String> = []
  private var isStrict = false

  /// Reads `skip=NAME,…;error=true`.
  init(_ value: String, at location: SourceLocation, in text: DockerfileText) throws(Diagnostic) {
    for option in value.parts(";") {
      let parts = option.parts("=", maxSplits: 1, omittingEmpty: false).map(\.trimmed)
      switch (parts[0].lowercased(), parts.count > 1 ? parts[1] : "") {
      case ("skip", let names): skipped.formUnion(names.parts(",").map { $0.trimmed.lowercased() })
      case ("error", let truth) where ["true", "false"].contains(truth.lowercased()):
        isStrict = truth.lowercased() == "true"
      case ("experimental", _): continue
      default:
        throw text.error(
          "the directive 'check' does not know '\(option)'", at: location,
          hint: "such as # check=skip=all or # check=error=true")
      }
    }
  }

  /// The warnings that are left. Where they are errors, the first is thrown.
  func apply(_ warnings: [CheckedWarning]) throws(Diagnostic) -> [Diagnostic] {
    if skipped.contains("all") { return [] }
    let left = warnings.filter { !skipped.contains($0.rule.lowercased()) }
    if isStrict, let first = left.first {
      var error = first.diagnostic
      error.severity = .error
      error.notes.append(
        Diagnostic.Note("the directive 'check' makes errors of warnings (\(first.rule))"))
      throw error
    }
    return left.map(\.diagnostic)
  }
}
