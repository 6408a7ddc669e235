import Model

/// What is said of a service that was named on the command line and does not exist: the same
/// everywhere.
package enum UnknownService {
  /// The message; `known` are the services that exist.
  package static func message(_ name: String, among known: some Sequence<String>) -> Diagnostic {
    Diagnostic(.error, "no such service: \(name)", hint: hint(name, among: known.sorted()))
  }

  private static func hint(_ name: String, among known: [String]) -> String {
    let list = known.prefix(maximumNames).joined(separator: ", ")
    let rest = known.count > maximumNames ? " and \(known.count - maximumNames) more" : ""
    let all = "the services are \(list)\(rest)"
    if let near = Suggestion.nearest(to: name, in: known) {
      return "did you mean \(near)? \(all)"
    }
    return known.isEmpty ? "the project has no services" : all
  }

  private static let maximumNames = 20
}
