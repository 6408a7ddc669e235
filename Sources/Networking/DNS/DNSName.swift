import Model

/// A domain name as it travels: labels, each behind its length, and a final zero.
///
/// Source: RFC 1035, sections 2.3.4 and 3.1.
package struct DNSName: Sendable, Hashable {
  /// The bytes, without compression, in the case in which they came.
  package let wire: [UInt8]

  static let maximumLength = 255
  static let maximumLabel = 63

  /// The root, a name without labels.
  package static let root = DNSName(wire: [0])

  private init(wire: [UInt8]) { self.wire = wire }

  /// Makes a name from `web.example.com`; nil when a label is empty or too long.
  package init?(_ text: some StringProtocol) {
    var wire: [UInt8] = []
    for label in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard (1...Self.maximumLabel).contains(label.count) else { return nil }
      wire.append(UInt8(label.count))
      wire.append(contentsOf: label)
    }
    wire.append(0)
    guard wire.count <= Self.maximumLength else { return nil }
    self.wire = wire
  }

  /// Reads a name at `offset` of a message and moves `offset` behind it.
  init(reading message: [UInt8], at offset: inout Int) throws(DNSFormatError) {
    var wire: [UInt8] = []
    var position = offset
    var end: Int?
    while true {
      guard position < message.count else { throw DNSFormatError(offset: position) }
      let length = Int(message[position])
      if length & 0xC0 == 0xC0 {
        guard position + 1 < message.count else { throw DNSFormatError(offset: position) }
        let target = (length & 0x3F) << 8 | Int(message[position + 1])
        // A pointer leads back, so that a chain of them ends.
        guard target < position else { throw DNSFormatError(offset: position) }
        end = end ?? position + 2
        position = target
        continue
      }
      guard length <= Self.maximumLabel, position + 1 + length <= message.count,
        wire.count + length + 2 <= Self.maximumLength || length == 0
      else { throw DNSFormatError(offset: position) }
      wire.append(contentsOf: message[position...(position + length)])
      position += 1 + length
      if length == 0 { break }
    }
    offset = end ?? position
    self.wire = wire
  }

  /// The labels between dots in lower case; bytes that are no part of host names as `\DDD`.
  package var text: String {
    var text: [UInt8] = []
    text.reserveCapacity(wire.count)
    var position = 0
    while position < wire.count, wire[position] > 0 {
      if position > 0 { text.append(UInt8(ascii: ".")) }
      let end = position + 1 + Int(wire[position])
      for byte in wire[(position + 1)..<end] { Self.append(byte, to: &text) }
      position = end
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// True when there is no dot in the name, as with names of services.
  package var isSingleLabel: Bool {
    wire.count > 1 && Int(wire[0]) + 2 == wire.count
  }

  private static func append(_ byte: UInt8, to text: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): text.append(byte | 0x20)
    case UInt8(ascii: "."), UInt8(ascii: "\\"), 0...0x20, 0x7F...:
      text.append(contentsOf: "\\\(byte)".utf8)
    default: text.append(byte)
    }
  }

  /// Names that differ only in case are equal.
  package static func == (left: Self, right: Self) -> Bool { left.text == right.text }
  /// Hashes the lower case text.
  package func hash(into hasher: inout Hasher) { hasher.combine(text) }

  /// The address that the name of a reverse lookup stands for: `2.0.0.10.in-addr.arpa`, or 32
  /// digits before `ip6.arpa` (RFC 1035 3.5, RFC 3596 2.5); nil for another name.
  package var reverseAddress: IPAddress? {
    let labels = text.split(separator: ".")
    if labels.count == 6, labels.suffix(2) == ["in-addr", "arpa"] {
      return IPAddress(labels.prefix(4).reversed().joined(separator: "."))
    }
    guard labels.count == 34, labels.suffix(2) == ["ip6", "arpa"] else { return nil }
    let digits = labels.prefix(32).reversed()
    guard digits.allSatisfy({ $0.utf8.count == 1 }) else { return nil }
    return UInt128(digits.joined(), radix: 16).map { IPAddress(.ipv6, $0) }
  }
}

/// A message that is not as RFC 1035 says.
package struct DNSFormatError: Error, Sendable, Hashable {
  /// At which byte.
  package var offset: Int
}
