/// Why a text is no quantity, port or path of the form asked for.
public struct UnitError: Error, Sendable, Hashable {
  /// What is wrong, as the end of a sentence that begins with the key.
  public var reason: String
  /// What the user can do.
  public var hint: String?

  /// Makes a reason.
  public init(_ reason: String, hint: String? = nil) {
    self.reason = reason
    self.hint = hint
  }
}
