import Model
import YAML

/// What the stages of a load have to say, in the order in which they found it.
struct Report: Sendable {
  private var found: [Diagnostic] = []
  /// Variables that are not set.
  var unset = UnsetVariables()
  private(set) var errorCount = 0

  /// The most errors that are worth reading.
  static let errorLimit = 100

  var messages: [Diagnostic] { found + unset.messages }
  var hasErrors: Bool { errorCount > 0 }
  var errors: [Diagnostic] { found.filter { $0.severity == .error } }
  var warnings: [Diagnostic] { messages.filter { $0.severity == .warning } }

  mutating func add(_ message: Diagnostic) {
    if message.severity == .error {
      errorCount += 1
      guard errorCount <= Self.errorLimit else { return }
    }
    found.append(message)
  }

  /// Adds an error unless there is one at its place or of its path: what an earlier stage found
  /// need not be said again in other words.
  mutating func addUnlessKnown(_ message: Diagnostic) {
    if !found.contains(where: { $0.says(what: message) }) { add(message) }
  }

  /// Adds what one stage found, without what earlier stages have said already.
  mutating func addNew(_ found: [Diagnostic]) {
    let earlier = errors
    for message in found where !earlier.contains(where: { $0.says(what: message) }) {
      add(message)
    }
  }

  mutating func add(_ messages: some Sequence<Diagnostic>) {
    for message in messages { add(message) }
  }

  mutating func error(
    _ message: String, _ node: Node, _ path: NodePath, hint: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    add(node.diagnostic(.error, message, path: path, hint: hint, notes: notes))
  }

  mutating func warning(
    _ message: String, _ node: Node, _ path: NodePath, hint: String? = nil,
    notes: [Diagnostic.Note] = []
  ) {
    add(node.diagnostic(.warning, message, path: path, hint: hint, notes: notes))
  }

  /// Everything found so far, sorted.
  var failure: Diagnostics { Diagnostics(messages.sortedByPlace().withoutRepetitions()) }

  /// Throws everything found so far if there is an error among it.
  func check() throws(Diagnostics) {
    if hasErrors { throw failure }
  }
}

extension Diagnostic {
  /// True for an error at the place or of the path of another one.
  fileprivate func says(what other: Diagnostic) -> Bool {
    guard severity == .error, other.severity == .error else { return false }
    if location != nil, location == other.location { return true }
    return !path.isEmpty && path == other.path
  }
}

extension [Diagnostic] {
  /// One message for what is said of one place several times: what an alias repeats or a service
  /// extends is wrong in several services, and has to be corrected once.
  func withoutRepetitions() -> [Diagnostic] {
    var result: [Diagnostic] = []
    var positions: [Diagnostic: Int] = [:]
    for message in self {
      var key = message
      key.path = ""
      key.notes = []
      guard message.location != nil, let position = positions[key] else {
        positions[key] = result.count
        result.append(message)
        continue
      }
      let known = result[position]
      let notes = message.notes.filter { !known.notes.contains($0) }
      result[position].notes +=
        notes.isEmpty && known.path != message.path
        ? [Diagnostic.Note("the same in \(message.path)")] : notes
    }
    return result.map { message in
      guard message.notes.count > Self.maximumNotes else { return message }
      var short = message
      let others = message.notes.count - Self.maximumNotes
      short.notes =
        message.notes.prefix(Self.maximumNotes)
        + [Diagnostic.Note("the same in \(others) more places")]
      return short
    }
  }

  private static let maximumNotes = 5

  /// The messages in the order of their places, those without one first. Messages of one place
  /// keep their order.
  func sortedByPlace() -> [Diagnostic] {
    enumerated().sorted { left, right in
      switch (left.element.location, right.element.location) {
      case (let first?, let second?) where first != second: first < second
      case (nil, _?): true
      case (_?, nil): false
      default: left.offset < right.offset
      }
    }.map(\.element)
  }
}
