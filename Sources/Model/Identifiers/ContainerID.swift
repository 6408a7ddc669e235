/// The identity of a container, network or image: 64 hexadecimal digits.
package struct ObjectID: Sendable, Hashable, CustomStringConvertible {
  /// All 64 digits, in lower case.
  package let hex: String

  /// Takes 64 hexadecimal digits; nil for anything else.
  package init?(_ hex: some StringProtocol) {
    guard hex.utf8.count == 64, hex.utf8.allSatisfy(Hexadecimal.isLowercaseDigit) else {
      return nil
    }
    self.hex = String(hex)
  }

  /// Makes a new random identity.
  package static func random() -> ObjectID {
    var digits = ""
    for _ in 0..<4 {
      let part = String(UInt64.random(in: .min ... .max), radix: 16)
      digits += String(repeating: "0", count: 16 - part.count) + part
    }
    // An identity that reads as a decimal number would be taken for one by other tools.
    if digits.prefix(12).utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return random() }
    return ObjectID(unchecked: digits)
  }

  private init(unchecked hex: String) { self.hex = hex }

  /// The first 12 digits, as listings show them.
  package var short: String { String(hex.prefix(12)) }
  /// All 64 digits.
  package var description: String { hex }
}
