import Model

/// The variables that are not set, each with the places where it reads as empty: a message of one
/// line for each, however often it is used.
struct UnsetVariables: Sendable {
  private struct Use: Sendable {
    var first: Diagnostic
    var others: [SourceLocation] = []
    var advice: String?
  }

  private var uses: [String: Use] = [:]
  private var names: [String] = []

  /// The places that are worth reading.
  private static let maximumPlaces = 9

  /// True when nobody has found any advice for a variable yet.
  func needsAdvice(_ name: String) -> Bool { uses[name]?.advice == nil }

  /// Adds a place.
  ///
  /// - Parameters:
  ///   - message: What to say of it if it stays the only one, with its place.
  ///   - advice: What the user can do.
  mutating func add(_ name: String, _ message: Diagnostic, advice: String?) {
    guard var use = uses[name] else {
      names.append(name)
      uses[name] = Use(first: message, advice: advice)
      return
    }
    use.advice = use.advice ?? advice
    if let place = message.location, place != use.first.location { use.others.append(place) }
    uses[name] = use
  }

  /// One message for each variable, in the order in which they were found.
  var messages: [Diagnostic] { names.compactMap { uses[$0].map(Self.message) } }

  private static func message(_ use: Use) -> Diagnostic {
    var message = use.first
    message.excerpt = nil
    if !use.others.isEmpty {
      message.path = ""
      message.message += ", also at \(places(use.others, from: use.first.location?.file))"
    }
    if let advice = use.advice { message.message += "; \(advice)" }
    return message
  }

  /// `7:3, 9:5 and 12 more places`; places of another file begin with its name.
  private static func places(_ places: [SourceLocation], from file: String?) -> String {
    var file = file
    let shown = places.prefix(maximumPlaces).map { place in
      let isKnown = place.file == file
      file = place.file
      return (isKnown ? "" : "\(place.file):") + "\(place.line):\(place.column)"
    }
    let rest = places.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more places" : "")
  }
}
