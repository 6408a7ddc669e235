/// The bytes of hexadecimal digits; blanks, line breaks and what follows `#` are for people.
func hex(_ text: String) -> [UInt8] {
  let digits = text.split(separator: "\n").flatMap { line in
    line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
  }
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
    UInt8(String(digits[index...(index + 1)]), radix: 16)
  }
}

/// The digits of bytes, four bytes a group.
func digits(_ bytes: [UInt8]) -> String {
  stride(from: 0, to: bytes.count, by: 4).map { start in
    bytes[start..<min(start + 4, bytes.count)].map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }.joined(separator: " ")
}
