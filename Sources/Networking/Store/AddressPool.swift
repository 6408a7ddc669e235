import Model

/// Where subnets of networks come from for which the user names none.
///
/// Blocks of 256 addresses out of large private ranges: Docker's default of 65,536 addresses a
/// network is used up after some thirty networks.
package struct AddressPool: Sendable, Hashable {
  /// The ranges, tried in order.
  package var ranges: [CIDR]
  /// The bits of the blocks that are given out.
  package var prefixLength: Int

  /// Makes a pool; nil when a range is smaller than the blocks.
  package init?(ranges: [CIDR], prefixLength: Int) {
    guard ranges.allSatisfy({ $0.prefixLength <= prefixLength }) else { return nil }
    self.ranges = ranges
    self.prefixLength = prefixLength
  }

  /// 10.208.0.0/12 first, then parts of the other private ranges: 6,272 networks.
  ///
  /// The first is out of the way of what routers, VPNs, Docker and Podman usually take.
  package static let ipv4 = AddressPool(
    unchecked: [
      (IPAddress(10, 208, 0, 0), 12), (IPAddress(172, 24, 0, 0), 13),
      (IPAddress(192, 168, 128, 0), 17),
    ], prefixLength: 24)

  private init(unchecked ranges: [(IPAddress, Int)], prefixLength: Int) {
    self.ranges = ranges.compactMap { CIDR($0.0, prefixLength: $0.1) }
    self.prefixLength = prefixLength
  }

  /// The first block that overlaps nothing of `taken`; nil when there is none.
  package func firstFree(avoiding taken: [CIDR]) -> CIDR? {
    for range in ranges {
      let obstacles = taken.filter { $0.overlaps(range) }.sorted()
      if let block = firstFree(in: range, past: obstacles) { return block }
    }
    return nil
  }

  /// Goes along a range once, over the obstacles in order.
  private func firstFree(in range: CIDR, past obstacles: [CIDR]) -> CIDR? {
    guard var block = CIDR(range.first, prefixLength: prefixLength) else { return nil }
    for obstacle in obstacles where obstacle.last >= block.first {
      if obstacle.first > block.last { return block }
      guard obstacle.last < range.last,
        let next = CIDR(
          max(obstacle.last, block.last).advanced(by: 1), prefixLength: prefixLength)
      else { return nil }
      block = next
    }
    return range.contains(block) ? block : nil
  }

  /// A block of unique local IPv6 addresses that follows from random digits (RFC 4193).
  ///
  /// - Parameter hex: at least 14 hexadecimal digits, such as the identity of the network.
  package static func uniqueLocal(from hex: String) -> CIDR? {
    guard let random = UInt64(hex.prefix(14), radix: 16) else { return nil }
    let prefix = UInt128(0xFD) << 56 | UInt128(random & 0x00FF_FFFF_FFFF_FFFF)
    return CIDR(IPAddress(.ipv6, prefix << 64), prefixLength: 64)
  }
}
