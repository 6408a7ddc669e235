/// The text encoding of `!!binary` values.
///
/// Source: RFC 4648, section 4.
enum Base64 {
  /// The bytes that `text` stands for; nil when it is not base64. Line breaks and blanks are skipped.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var digits = 0
    var padding = 0
    for byte in text {
      if byte == UInt8(ascii: "=") {
        padding += 1
      } else if let digit = value(of: byte) {
        guard padding == 0 else { return nil }
        bits = bits << 6 | digit
        digits += 1
        if digits.isMultiple(of: 4) {
          bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        }
      } else if byte != 0x0A, byte != 0x0D, byte != 0x20 {
        return nil
      }
    }
    guard (digits + padding).isMultiple(of: 4) else { return nil }
    switch digits % 4 {
    case 0: return padding == 0 ? bytes : nil
    case 2: return bytes + [UInt8(bits >> 4 & 255)]
    case 3: return bytes + [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    default: return nil
    }
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
