/// Requests about links: bridges, veth pairs and what is set on them.
///
/// Source: rtnetlink(7), linux/if_link.h.
package enum LinkRequest {
  /// How one end of a veth pair becomes a port of a bridge.
  package struct VethPair: Sendable, Hashable {
    /// The name of the end that stays.
    package var name: String
    /// The index of the bridge whose port that end becomes.
    package var bridgeIndex: UInt32
    /// The group that end belongs to; 0 is everybody's.
    package var group: UInt32
    /// The name of the other end.
    package var peerName: String
    /// The hardware address of the other end: six bytes.
    package var peerHardwareAddress: [UInt8]
    /// A descriptor of the network namespace in which the other end is made.
    package var peerNamespace: Int32
    /// The largest packet of both ends, in bytes; nil for the kernel's default.
    package var mtu: UInt32?

    /// Describes a pair.
    package init(
      name: String, bridgeIndex: UInt32, group: UInt32 = 0, peerName: String,
      peerHardwareAddress: [UInt8], peerNamespace: Int32, mtu: UInt32? = nil
    ) {
      self.name = name
      self.bridgeIndex = bridgeIndex
      self.group = group
      self.peerName = peerName
      self.peerHardwareAddress = peerHardwareAddress
      self.peerNamespace = peerNamespace
      self.mtu = mtu
    }
  }

  /// Makes a veth pair whose peer is born in its namespace and whose other end is born as a port.
  ///
  /// One message instead of create, set master and move: moving a link between namespaces waits
  /// for an RCU grace period, some 20 ms.
  package static func createVeth(_ pair: VethPair) -> NetlinkRequest {
    let mtu = pair.mtu.map { [NetlinkAttribute.u32(LinkAttribute.mtu, $0)] } ?? []
    let peer: [NetlinkAttribute] = [
      .string(LinkAttribute.name, pair.peerName),
      .bytes(LinkAttribute.hardwareAddress, pair.peerHardwareAddress),
      .u32(LinkAttribute.namespaceDescriptor, UInt32(bitPattern: pair.peerNamespace)),
    ]
    return NetlinkRequest(
      "create the veth pair \(pair.name)", type: RouteMessage.newLink,
      flags: [.create, .exclusive], header: header(),
      attributes: [
        .string(LinkAttribute.name, pair.name),
        .u32(LinkAttribute.master, pair.bridgeIndex),
        .u32(LinkAttribute.group, pair.group),
      ] + mtu + [
        .nested(
          LinkAttribute.information,
          [
            .string(LinkInformation.kind, "veth"),
            .nested(
              LinkInformation.data,
              [.nested(VethAttribute.peer, header: header(), peer + mtu)]),
          ])
      ])
  }

  /// Switches a port of a bridge on.
  ///
  /// `hairpin` lets a frame leave by the port it came in: a container that reaches itself through
  /// a published port needs it. `isolated` ports exchange no frames with other isolated ports.
  package static func enablePort(
    _ name: String, alias: String, hairpin: Bool, isolated: Bool
  ) -> NetlinkRequest {
    NetlinkRequest(
      "switch on the bridge port \(name)", type: RouteMessage.newLink, header: header(up: true),
      attributes: [
        .string(LinkAttribute.name, name),
        .string(LinkAttribute.alias, alias),
        noGeneratedIPv6,
        .nested(
          LinkAttribute.information,
          [
            .string(LinkInformation.portKind, "bridge"),
            .nested(
              LinkInformation.portData,
              [
                .u8(BridgePortAttribute.hairpin, hairpin ? 1 : 0),
                .u8(BridgePortAttribute.isolated, isolated ? 1 : 0),
              ]),
          ]),
      ])
  }

  /// Makes a bridge, without multicast snooping and still switched off.
  ///
  /// - Parameter group: the group that it belongs to; 0 is everybody's.
  package static func createBridge(
    _ name: String, hardwareAddress: [UInt8], mtu: UInt32?, group: UInt32 = 0
  ) -> NetlinkRequest {
    let limit = mtu.map { [NetlinkAttribute.u32(LinkAttribute.mtu, $0)] } ?? []
    return NetlinkRequest(
      "create the bridge \(name)", type: RouteMessage.newLink, flags: [.create, .exclusive],
      header: header(),
      attributes: [
        .string(LinkAttribute.name, name),
        .bytes(LinkAttribute.hardwareAddress, hardwareAddress),
        .u32(LinkAttribute.group, group),
      ] + limit + [
        .nested(
          LinkAttribute.information,
          [
            .string(LinkInformation.kind, "bridge"),
            .nested(LinkInformation.data, [.u8(BridgeAttribute.multicastSnooping, 0)]),
          ])
      ])
  }

  /// Switches a link on; without `generatedIPv6` it gets no link-local address, and so does no
  /// duplicate address detection and sends no multicast reports.
  package static func enable(_ name: String, generatedIPv6: Bool) -> [NetlinkRequest] {
    let label = NetlinkAttribute.string(LinkAttribute.name, name)
    let up = NetlinkRequest(
      "switch on the link \(name)", type: RouteMessage.newLink, header: header(up: true),
      attributes: [label])
    guard !generatedIPv6 else { return [up] }
    // A message of its own: of one that says both, the kernel may switch the link on first.
    let quiet = NetlinkRequest(
      "keep the link \(name) from generating addresses", type: RouteMessage.newLink,
      header: header(), attributes: [label, noGeneratedIPv6])
    return [quiet, up]
  }

  /// Sets the text that tells people whose link it is, and the group if one is given.
  package static func setAlias(
    _ name: String, _ alias: String, group: UInt32? = nil
  ) -> NetlinkRequest {
    NetlinkRequest(
      "describe the link \(name)", type: RouteMessage.newLink, header: header(),
      attributes: [.string(LinkAttribute.name, name), .string(LinkAttribute.alias, alias)]
        + (group.map { [.u32(LinkAttribute.group, $0)] } ?? []))
  }

  /// Deletes a link. Deleting a bridge or a veth end waits for RCU grace periods, some 30 ms.
  package static func delete(_ name: String) -> NetlinkRequest {
    NetlinkRequest(
      "delete the link \(name)", type: RouteMessage.deleteLink, header: header(),
      attributes: [.string(LinkAttribute.name, name)])
  }

  /// Deletes all links of a group, as one; waits as long as for one.
  package static func deleteGroup(_ group: UInt32) -> NetlinkRequest {
    NetlinkRequest(
      "delete the links of group \(group)", type: RouteMessage.deleteLink, header: header(),
      attributes: [.u32(LinkAttribute.group, group)])
  }

  /// Asks for one link by name.
  package static func get(_ name: String) -> NetlinkRequest {
    NetlinkRequest(
      "look up the link \(name)", type: RouteMessage.getLink, header: header(),
      attributes: [.string(LinkAttribute.name, name)])
  }

  /// Asks for all links.
  package static func list() -> NetlinkRequest {
    NetlinkRequest("list the links", type: RouteMessage.getLink, flags: .dump, header: header())
  }

  private static var noGeneratedIPv6: NetlinkAttribute {
    .nested(
      LinkAttribute.familySpecific,
      [
        .nested(
          UInt16(AddressFamily.ipv6),
          [.u8(IPv6LinkAttribute.addressGenerationMode, IPv6LinkAttribute.noGeneratedAddress)])
      ])
  }

  /// `struct ifinfomsg`: family, padding, type, index, flags, change mask.
  static func header(up: Bool = false) -> [UInt8] {
    let flags = up ? LinkFlag.up : 0
    return [AddressFamily.any, 0, 0, 0, 0, 0, 0, 0] + flags.hostBytes + flags.hostBytes
  }
}
