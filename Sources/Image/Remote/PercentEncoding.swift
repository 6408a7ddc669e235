import Model

/// Bytes in web addresses that stand there as `%` and two digits.
///
/// Source: RFC 3986, section 2.
package enum PercentEncoding {
  /// The text with each byte escaped that is not kept.
  package static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      if isKept(byte) {
        result.append(byte)
      } else {
        result += [
          0x25, Hexadecimal.digit(byte >> 4, uppercase: true),
          Hexadecimal.digit(byte & 15, uppercase: true),
        ]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// True for what means nothing but itself in every part of an address.
  package static func isUnreserved(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
      || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
  }

  /// The text without escapes; a `%` that begins none stays.
  package static func decode(_ text: some StringProtocol) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, let high = rest.first.flatMap(Hexadecimal.value),
        let low = rest.dropFirst().first.flatMap(Hexadecimal.value)
      {
        result.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
