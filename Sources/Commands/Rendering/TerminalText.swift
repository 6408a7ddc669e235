import Model

/// Text that may go to a terminal: whatever came from elsewhere does nothing there but be seen.
///
/// Images, containers, registries and Compose files name things as they like. In a literal of this
/// type only the literal's own characters can be escape sequences; what is put into it between
/// `\(` and `)` stays on its line and has its control characters written out.
struct TerminalText: Sendable, ExpressibleByStringInterpolation {
  /// The characters as they are written.
  private(set) var text: String

  /// Text of ours.
  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Text from elsewhere, which may have several lines.
  init(lines: String) { text = TerminalCharacters.escaped(lines, keepsLines: true) }

  /// Two texts after each other.
  static func + (left: Self, right: Self) -> Self {
    var result = left
    result.text += right.text
    return result
  }

  static func += (left: inout Self, right: Self) { left.text += right.text }

  /// What a literal is put together from.
  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: TerminalText) { text += value.text }
    mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }
    mutating func appendInterpolation(_ value: some StringProtocol) {
      text += TerminalCharacters.escaped(String(value), keepsLines: false)
    }
  }
}
