/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The version of the internet protocol.
  package enum Family: Int, Sendable, Hashable, Comparable {
    case ipv4 = 4
    case ipv6 = 6

    /// The bits of an address.
    package var bits: Int { self == .ipv4 ? 32 : 128 }

    /// IPv4 comes first.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// The version.
  package let family: Family
  /// The address as a number, the first byte most significant.
  package let value: UInt128

  /// Makes an address of a number; bits that do not fit the family are cut off.
  package init(_ family: Family, _ value: UInt128) {
    self.family = family
    self.value = family == .ipv4 ? value & 0xFFFF_FFFF : value
  }

  /// Makes an IPv4 address of its four parts.
  package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    self.init(.ipv4, UInt128(a) << 24 | UInt128(b) << 16 | UInt128(c) << 8 | UInt128(d))
  }

  /// Makes an address of four or sixteen bytes in network order; nil for another count.
  package init?(bytes: some Collection<UInt8>) {
    let value = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    switch bytes.count {
    case 4: self.init(.ipv4, value)
    case 16: self.init(.ipv6, value)
    default: return nil
    }
  }

  /// The four or sixteen bytes in network order.
  package var bytes: [UInt8] {
    let count = family.bits / 8
    return (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt128((count - 1 - $0) * 8)) }
  }

  /// True for 127.0.0.0/8 and ::1.
  package var isLoopback: Bool {
    family == .ipv4 ? value >> 24 == 127 : value == 1
  }

  /// True for 0.0.0.0 and ::, which stand for every address of a host.
  package var isUnspecified: Bool { value == 0 }

  /// True for fe80::/10, addresses that mean nothing without a link.
  package var isLinkLocal: Bool { family == .ipv6 && value >> 118 == 0x3FA }

  /// The address `distance` further on; wraps around at the end of the family.
  package func advanced(by distance: Int) -> IPAddress {
    IPAddress(family, value &+ UInt128(truncatingIfNeeded: distance))
  }

  /// IPv4 before IPv6, then by number.
  package static func < (left: Self, right: Self) -> Bool {
    (left.family, left.value) < (right.family, right.value)
  }

  /// The usual text: `10.0.0.1`; IPv6 as RFC 5952 says.
  package var description: String {
    family == .ipv4 ? bytes.map(String.init).joined(separator: ".") : ipv6Text
  }

  /// The text as it stands before a port: IPv6 in brackets.
  package var bracketed: String { family == .ipv4 ? description : "[\(description)]" }

  private var ipv6Text: String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128((7 - $0) * 16)) }
    guard let gap = Self.longestGap(groups) else { return Self.join(groups[...]) }
    return "\(Self.join(groups[..<gap.lowerBound]))::\(Self.join(groups[gap.upperBound...]))"
  }

  private static func join(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first of the longest runs of at least two zero groups.
  private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
    var best: Range<Int>?
    var start = 0
    while start < groups.count {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
      if end - start >= 2, end - start > best?.count ?? 0 { best = start..<end }
      start = max(end, start) + 1
    }
    return best
  }
}
