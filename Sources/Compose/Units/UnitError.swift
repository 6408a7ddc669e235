/// Why a text is not a quantity, port or path of the form asked for.
package struct UnitError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, as the end of a sentence that begins with the key.
  package var reason: String
  /// What the user can do.
  package var hint: String?

  /// Reason and hint as one text.
  package var description: String { hint.map { "\(reason) (\($0))" } ?? reason }

  /// Makes a reason.
  package init(_ reason: String, hint: String? = nil) {
    self.reason = reason
    self.hint = hint
  }
}
