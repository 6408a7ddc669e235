import Model

/// What is said of a service that was named on the command line and does not exist: the same
/// everywhere.
package enum UnknownService {
  /// The message; `known` are the services that exist.
  package static func message(_ name: String, among known: some Sequence<String>) -> Diagnostic {
    Diagnostic(.error, "\(beginning)\(name)", hint: hint(name, among: known.sorted()))
  }

  private static let beginning = "no such service: "

  /// True for that message: the files are right, the name is not.
  package static func isMessage(_ diagnostic: Diagnostic) -> Bool {
    diagnostic.location == nil && diagnostic.message.hasPrefix(beginning)
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
