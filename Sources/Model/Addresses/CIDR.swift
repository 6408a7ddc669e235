/// A block of addresses: those that share their first bits.
///
/// Source: RFC 4632.
package struct CIDR: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first address of the block.
  package let first: IPAddress
  /// How many bits all addresses of the block share.
  package let prefixLength: Int

  /// The block of `prefixLength` bits that contains `address`; nil when the length does not fit.
  package init?(_ address: IPAddress, prefixLength: Int) {
    guard (0...address.family.bits).contains(prefixLength) else { return nil }
    self.init(unchecked: address, prefixLength: prefixLength)
  }

  private init(unchecked address: IPAddress, prefixLength: Int) {
    let host = Self.hostMask(address.family, prefixLength)
    self.first = IPAddress(address.family, address.value & ~host)
    self.prefixLength = prefixLength
  }

  /// The block of one address.
  package init(single address: IPAddress) {
    self.init(unchecked: address, prefixLength: address.family.bits)
  }

  /// Reads `10.1.0.0/16`; host bits may be set and are cleared. Nil for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].utf8.count <= 3,
      parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let length = Int(parts[1])
    else { return nil }
    self.init(address, prefixLength: length)
  }

  /// The version of the addresses.
  package var family: IPAddress.Family { first.family }

  /// The last address of the block: the broadcast address of an IPv4 network.
  package var last: IPAddress {
    IPAddress(family, first.value | Self.hostMask(family, prefixLength))
  }

  /// True when `address` is in the block.
  package func contains(_ address: IPAddress) -> Bool {
    address.family == family && first <= address && address <= last
  }

  /// True when every address of `other` is in the block.
  package func contains(_ other: CIDR) -> Bool { contains(other.first) && contains(other.last) }

  /// True when the blocks have an address in common.
  package func overlaps(_ other: CIDR) -> Bool { contains(other.first) || other.contains(first) }

  /// The address `offset` after the first.
  package subscript(offset: Int) -> IPAddress { first.advanced(by: offset) }

  /// The next block of the same length.
  package var next: CIDR {
    CIDR(unchecked: last.advanced(by: 1), prefixLength: prefixLength)
  }

  /// `address/length` for any address of the block, as a link wants its address.
  package func text(of address: IPAddress) -> String { "\(address)/\(prefixLength)" }

  /// The text `10.1.0.0/16`.
  package var description: String { "\(first)/\(prefixLength)" }

  /// By first address, then the larger block first.
  package static func < (left: Self, right: Self) -> Bool {
    (left.first, left.prefixLength) < (right.first, right.prefixLength)
  }

  private static func hostMask(_ family: IPAddress.Family, _ prefixLength: Int) -> UInt128 {
    let bits = UInt128(family.bits - prefixLength)
    return bits == 128 ? .max : (UInt128(1) << bits) - 1
  }
}
