import Model
import YAML

/// What the stages of a load have to say, in the order in which they found it.
struct Report: Sendable {
  private(set) var messages: [Diagnostic] = []
  private(set) var errorCount = 0

  /// The most errors that are worth reading.
  static let errorLimit = 100

  var hasErrors: Bool { errorCount > 0 }
  var errors: [Diagnostic] { messages.filter { $0.severity == .error } }
  var warnings: [Diagnostic] { messages.filter { $0.severity == .warning } }

  mutating func add(_ message: Diagnostic) {
    if message.severity == .error {
      errorCount += 1
      guard errorCount <= Self.errorLimit else { return }
    }
    messages.append(message)
  }

  /// Adds an error unless there is one at its place: what an earlier stage found need not be said
  /// again in other words.
  mutating func addUnlessKnown(_ message: Diagnostic) {
    let isKnown = messages.contains {
      $0.severity == .error && $0.location != nil && $0.location == message.location
    }
    if !isKnown { add(message) }
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
  var failure: Diagnostics { Diagnostics(messages.sortedByPlace()) }

  /// Throws everything found so far if there is an error among it.
  func check() throws(Diagnostics) {
    if hasErrors { throw failure }
  }
}

extension [Diagnostic] {
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
