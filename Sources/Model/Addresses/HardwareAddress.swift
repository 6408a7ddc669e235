/// The six bytes by which links of one network tell each other apart.
package struct HardwareAddress: Sendable, Hashable, CustomStringConvertible {
  /// The bytes in the order they are sent.
  package let bytes: [UInt8]

  /// Takes six bytes; nil for another count.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// Reads `02:42:ac:11:00:02`, also with `-`; nil for anything else, and for a group address,
  /// which no link can have.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
    let bytes = parts.compactMap { part in
      part.utf8.count == 2 && part.allSatisfy(\.isHexDigit) ? UInt8(part, radix: 16) : nil
    }
    guard parts.count == 6, bytes.count == 6, bytes[0] & 1 == 0 else { return nil }
    self.bytes = bytes
  }

  /// A locally administered address that follows from an IP address.
  ///
  /// When an IP address goes to another container, its hardware address goes along: no
  /// neighbour's cache is ever wrong.
  package init(for address: IPAddress) {
    let low = address.bytes.suffix(4)
    // IPv6 neighbours may differ only in the higher bits: fold them into the second byte.
    let high = address.bytes.dropLast(4).reduce(UInt8(0x72)) { ($0 << 1 | $0 >> 7) ^ $1 }
    self.bytes = [0x02, high] + low
  }

  /// The link-local IPv6 address that follows from it (RFC 4291, appendix A).
  package var linkLocal: IPAddress {
    let interface = [bytes[0] ^ 2, bytes[1], bytes[2], 0xFF, 0xFE] + bytes[3...]
    return IPAddress(.ipv6, interface.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } | 0xFE80 << 112)
  }

  /// The usual text: `02:42:ac:11:00:02`.
  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
