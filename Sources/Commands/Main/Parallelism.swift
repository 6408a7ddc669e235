import Model

/// How many operations may run at once, as the user writes it: a number above zero, or -1 for no
/// limit.
///
/// Source: docker compose, `--parallel` and `COMPOSE_PARALLEL_LIMIT`.
enum Parallelism: Sendable, Equatable {
  case unlimited
  case limited(Int)

  /// The variable that stands in for `--parallel`.
  static let variable = "COMPOSE_PARALLEL_LIMIT"

  /// Reads a value; `name` is the option or variable that it was given with.
  init(_ text: String, of name: String) throws(Diagnostic) {
    switch Int(text) {
    case -1: self = .unlimited
    case let number? where number > 0: self = .limited(number)
    default:
      throw Diagnostic(
        .error, "\(name) must be a number above 0 or -1, not '\(text)'",
        hint: "-1 means no limit")
    }
  }

  /// What the option says, or else the variable; nil when neither is given.
  static func chosen(
    _ option: Parallelism?, _ environment: [String: String]
  ) throws(Diagnostic) -> Parallelism? {
    if let option { return option }
    guard let text = environment[variable], !text.isEmpty else { return nil }
    return try Parallelism(text, of: variable)
  }

  /// The number that the engine works with.
  var limit: Int {
    switch self {
    case .unlimited: .max
    case .limited(let number): number
    }
  }
}
