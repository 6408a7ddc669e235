import Image
import Model

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
        authorization = "Basic " + Base64.encode(PercentEncoding.decode(authority[..<at]))
        text.removeSubrange(authority.startIndex...at)
      }
    }
    guard let address = WebAddress(text) else { return nil }
    self.address = address
  }

  /// Escapes what may not stand in an address.
  static func escaped(_ text: String) -> String {
    PercentEncoding.encode(text) { $0 > 0x20 && $0 < 0x7F }
  }
}
