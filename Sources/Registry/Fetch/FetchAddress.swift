/// An address as users write it: with a password, or with characters that must be escaped.
struct FetchAddress: Sendable {
  /// Where to ask.
  var address: WebAddress
  /// The header that the password in the address makes; nil without one.
  var authorization: String?

  init?(_ text: String) {
    var text = Self.escaped(text)
    if let mark = text.firstRange(of: "://") {
      let authority = text[mark.upperBound...].prefix { !"/?#".contains($0) }
      if let at = authority.lastIndex(of: "@") {
        authorization = "Basic " + Base64.encode(Self.unescaped(authority[..<at]))
        text.removeSubrange(authority.startIndex...at)
      }
    }
    guard let address = WebAddress(text) else { return nil }
    self.address = address
  }

  /// Escapes what may not stand in an address. Source: RFC 3986, section 2.
  static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7F {
        result.append(byte)
      } else {
        result += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func unescaped(_ text: Substring) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let pair = String(decoding: rest.prefix(2), as: UTF8.self)
      guard byte == 0x25, pair.utf8.count == 2, let value = UInt8(pair, radix: 16) else {
        result.append(byte)
        continue
      }
      result.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: result, as: UTF8.self)
  }
}
