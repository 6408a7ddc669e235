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

  /// Ends the load with everything found so far if there is an error among it.
  func check() throws(Diagnostics) {
    if hasErrors { throw Diagnostics(messages) }
  }
}
