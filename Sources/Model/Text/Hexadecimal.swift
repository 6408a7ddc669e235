/// Bytes as hexadecimal digits, two each. Source: RFC 4648, section 8.
package enum Hexadecimal {
  /// The lower-case digits of some bytes.
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The digit, in ASCII, of a number below 16.
  package static func digit(_ value: UInt8, uppercase: Bool = false) -> UInt8 {
    value < 10 ? 0x30 + value : value + (uppercase ? 0x37 : 0x57)
  }

  /// What a digit of either case stands for; nil for any other byte.
  package static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }

  /// True for the digits that `text` writes: those of identities and digests.
  package static func isLowercaseDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }
}
