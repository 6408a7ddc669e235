extension IPAddress {
  /// Reads `10.0.0.1` or an IPv6 address as RFC 4291 writes it; nil for anything else.
  ///
  /// Parts with leading zeros are refused: programs disagree whether they are octal.
  package init?(_ text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let value = Self.parseIPv6(text) else { return nil }
      self.init(.ipv6, value)
    } else {
      guard let value = Self.parseIPv4(text) else { return nil }
      self.init(.ipv4, value)
    }
  }

  private static func parseIPv4(_ text: some StringProtocol) -> UInt128? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt128 = 0
    for part in parts {
      guard let number = decimal(part) else { return nil }
      value = value << 8 | UInt128(number)
    }
    return value
  }

  private static func decimal(_ digits: some Collection<UInt8>) -> UInt8? {
    guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { return nil }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return UInt8(exactly: value)
  }

  private static func parseIPv6(_ text: some StringProtocol) -> UInt128? {
    let text = String(text)
    guard let gap = text.firstRange(of: "::") else {
      guard let groups = parseGroups(text, isEnd: true), groups.count == 8 else { return nil }
      return number(groups)
    }
    let tail = text[gap.upperBound...]
    guard let head = parseGroups(String(text[..<gap.lowerBound]), isEnd: false),
      let rest = parseGroups(String(tail), isEnd: true), head.count + rest.count <= 7
    else { return nil }
    let zeros = [UInt16](repeating: 0, count: 8 - head.count - rest.count)
    return number(head + zeros + rest)
  }

  private static func number(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  /// The groups between colons; the last of all may be an IPv4 address, which makes two groups.
  private static func parseGroups(_ text: String, isEnd: Bool) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var groups: [UInt16] = []
    for (index, part) in parts.enumerated() {
      if isEnd, index == parts.count - 1, part.contains("."), let tail = parseIPv4(part) {
        groups += [UInt16(truncatingIfNeeded: tail >> 16), UInt16(truncatingIfNeeded: tail)]
      } else {
        guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit),
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
