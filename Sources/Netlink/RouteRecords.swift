/// A link as the kernel reports it.
package struct LinkRecord: Sendable, Hashable {
  /// Its index in its namespace.
  package var index: UInt32
  /// Its name.
  package var name: String
  /// The index of the bridge whose port it is.
  package var master: UInt32?
  /// What it is, such as `bridge` or `veth`; empty for hardware.
  package var kind: String
  /// The text that names its owner; empty when none was set.
  package var alias: String
  /// The group that it belongs to; 0 is everybody's.
  package var group: UInt32
  /// True when it is switched on.
  package var isUp: Bool

  /// Reads a link from a reply; nil for a message of another type.
  package init?(_ message: NetlinkMessage) {
    guard message.type == RouteMessage.newLink, message.body.count >= 16,
      let attributes = try? message.attributes(after: 16),
      let name = attributes.string(LinkAttribute.name)
    else { return nil }
    index = ByteReader.u32(message.body[...], 4)
    isUp = ByteReader.u32(message.body[...], 8) & LinkFlag.up != 0
    self.name = name
    master = attributes.u32(LinkAttribute.master)
    alias = attributes.string(LinkAttribute.alias) ?? ""
    group = attributes.u32(LinkAttribute.group) ?? 0
    kind =
      attributes.nested(LinkAttribute.information)?.string(LinkInformation.kind) ?? ""
  }
}

/// An address of a link as the kernel reports it.
package struct AddressRecord: Sendable, Hashable {
  /// The address: four or sixteen bytes in network order.
  package var address: [UInt8]
  /// The bits of its network.
  package var prefixLength: UInt8
  /// The index of its link.
  package var linkIndex: UInt32

  /// Reads an address from a reply; nil for a message of another type.
  package init?(_ message: NetlinkMessage) {
    guard message.type == RouteMessage.newAddress, message.body.count >= 8,
      let attributes = try? message.attributes(after: 8),
      let address = attributes.bytes(AddressAttribute.local)
        ?? attributes.bytes(AddressAttribute.address),
      address.count == 4 || address.count == 16
    else { return nil }
    self.address = address
    prefixLength = message.body[1]
    linkIndex = ByteReader.u32(message.body[...], 4)
  }
}

/// A route as the kernel reports it.
package struct RouteRecord: Sendable, Hashable {
  /// The destination: four or sixteen bytes in network order; all zero for a default route.
  package var destination: [UInt8]
  /// The bits of the destination.
  package var prefixLength: UInt8
  /// The next hop; nil when the destination is on the link.
  package var gateway: [UInt8]?
  /// The index of the link by which packets leave.
  package var linkIndex: UInt32?

  /// Reads a unicast route from a reply; nil for anything else.
  package init?(_ message: NetlinkMessage) {
    guard message.type == RouteMessage.newRoute, message.body.count >= 12,
      message.body[7] == RouteAttribute.unicast,
      let attributes = try? message.attributes(after: 12)
    else { return nil }
    let length: Int
    switch message.body[0] {
    case AddressFamily.ipv4: length = 4
    case AddressFamily.ipv6: length = 16
    default: return nil
    }
    let found = attributes.bytes(RouteAttribute.destination) ?? []
    destination =
      found.count == length ? found : [UInt8](repeating: 0, count: length)
    prefixLength = message.body[1]
    gateway = attributes.bytes(RouteAttribute.gateway)
    linkIndex = attributes.u32(RouteAttribute.outputLink)
  }
}
