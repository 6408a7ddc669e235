/// Requests about the addresses of a link.
///
/// Source: rtnetlink(7), linux/if_addr.h.
package enum AddressRequest {
  /// Gives a link an address; it is usable at once, without duplicate address detection.
  ///
  /// - Parameters:
  ///   - address: four or sixteen bytes in network order.
  ///   - prefixLength: the bits of the network.
  ///   - linkIndex: the index of the link.
  package static func add(
    _ address: [UInt8], prefixLength: UInt8, linkIndex: UInt32
  ) -> NetlinkRequest {
    var attributes: [NetlinkAttribute] = [
      .bytes(AddressAttribute.local, address), .bytes(AddressAttribute.address, address),
    ]
    if address.count == 4 {
      attributes.append(
        .bytes(AddressAttribute.broadcast, broadcast(address, prefixLength: prefixLength)))
    } else {
      attributes.append(.u32(AddressAttribute.flags, AddressAttribute.noDuplicateDetection))
    }
    return NetlinkRequest(
      "add an address to link \(linkIndex)", type: RouteMessage.newAddress,
      flags: [.create, .exclusive],
      header: [family(address), prefixLength, 0, RouteAttribute.universeScope]
        + linkIndex.hostBytes,
      attributes: attributes)
  }

  /// Asks for the addresses of all links.
  package static func list() -> NetlinkRequest {
    NetlinkRequest(
      "list the addresses", type: RouteMessage.getAddress, flags: .dump,
      header: [AddressFamily.any, 0, 0, 0, 0, 0, 0, 0])
  }

  static func family(_ address: [UInt8]) -> UInt8 {
    address.count == 4 ? AddressFamily.ipv4 : AddressFamily.ipv6
  }

  private static func broadcast(_ address: [UInt8], prefixLength: UInt8) -> [UInt8] {
    address.enumerated().map { index, byte in
      let networkBits = max(0, min(8, Int(prefixLength) - index * 8))
      return byte | UInt8(truncatingIfNeeded: 0xFF >> networkBits)
    }
  }
}

/// Requests about routes.
///
/// Source: rtnetlink(7), linux/rtnetlink.h.
package enum RouteRequest {
  /// Sends what no other route takes to `gateway`: four or sixteen bytes in network order.
  ///
  /// - Parameter replacing: true to put it in the place of one that is there.
  package static func addDefault(
    gateway: [UInt8], linkIndex: UInt32, replacing: Bool = false
  ) -> NetlinkRequest {
    NetlinkRequest(
      "add the default route", type: RouteMessage.newRoute,
      flags: replacing ? [.create, .replace] : [.create, .exclusive],
      header: header(
        family: AddressRequest.family(gateway), scope: RouteAttribute.universeScope),
      attributes: [
        .bytes(RouteAttribute.gateway, gateway),
        .u32(RouteAttribute.outputLink, linkIndex),
      ])
  }

  /// Sends what no other route takes out by a link, without a gateway.
  ///
  /// - Parameters:
  ///   - isIPv6: the family.
  ///   - replacing: true to put it in the place of one that is there.
  package static func addDefault(
    isIPv6: Bool, linkIndex: UInt32, replacing: Bool = false
  ) -> NetlinkRequest {
    NetlinkRequest(
      "add the default route", type: RouteMessage.newRoute,
      flags: replacing ? [.create, .replace] : [.create, .exclusive],
      header: header(
        family: isIPv6 ? AddressFamily.ipv6 : AddressFamily.ipv4, scope: RouteAttribute.linkScope),
      attributes: [.u32(RouteAttribute.outputLink, linkIndex)])
  }

  /// Asks for the routes of all tables and families.
  package static func list() -> NetlinkRequest {
    NetlinkRequest(
      "list the routes", type: RouteMessage.getRoute, flags: .dump,
      header: header(family: AddressFamily.any, scope: RouteAttribute.universeScope))
  }

  /// `struct rtmsg`: family, two prefix lengths, tos, table, protocol, scope, type, flags.
  private static func header(family: UInt8, scope: UInt8) -> [UInt8] {
    [
      family, 0, 0, 0, RouteAttribute.mainTable, RouteAttribute.bootProtocol, scope,
      RouteAttribute.unicast, 0, 0, 0, 0,
    ]
  }
}
