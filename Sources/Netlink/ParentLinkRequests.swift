/// How links on one parent link see each other, for the drivers macvlan and ipvlan.
///
/// Source: linux/if_link.h.
package enum ParentLinkMode: Sendable, Hashable {
  /// A macvlan with a mode: `MACVLAN_MODE_…`.
  case macvlan(UInt32)
  /// An ipvlan with a mode and flags: `IPVLAN_MODE_…`, `IPVLAN_F_…`.
  case ipvlan(UInt16, flags: UInt16)

  /// The modes of a macvlan by name.
  package static let macvlanModes: [String: UInt32] = [
    "private": 1, "vepa": 2, "bridge": 4, "passthru": 8,
  ]
  /// The modes of an ipvlan by name.
  package static let ipvlanModes: [String: UInt16] = ["l2": 0, "l3": 1, "l3s": 2]
  /// The flags of an ipvlan by name.
  package static let ipvlanFlags: [String: UInt16] = ["bridge": 0, "private": 1, "vepa": 2]
}

extension LinkRequest {
  /// A link of a container on a link of the host.
  package struct ParentLinkEnd: Sendable, Hashable {
    /// The name of the link in the container.
    package var name: String
    /// The index of the host's link.
    package var parentIndex: UInt32
    /// A descriptor of the network namespace in which the link is made.
    package var namespace: Int32
    /// The hardware address: six bytes. An ipvlan has that of the parent.
    package var hardwareAddress: [UInt8]
    /// The largest packet, in bytes; nil for the parent's.
    package var mtu: UInt32?
    /// Of which kind it is.
    package var mode: ParentLinkMode

    /// Describes a link.
    package init(
      name: String, parentIndex: UInt32, namespace: Int32, hardwareAddress: [UInt8],
      mtu: UInt32? = nil, mode: ParentLinkMode
    ) {
      self.name = name
      self.parentIndex = parentIndex
      self.namespace = namespace
      self.hardwareAddress = hardwareAddress
      self.mtu = mtu
      self.mode = mode
    }
  }

  /// Makes a macvlan or ipvlan that is born in its namespace.
  package static func create(_ end: ParentLinkEnd) -> NetlinkRequest {
    var attributes: [NetlinkAttribute] = [
      .string(LinkAttribute.name, end.name), .u32(LinkAttribute.link, end.parentIndex),
      .u32(LinkAttribute.namespaceDescriptor, UInt32(bitPattern: end.namespace)),
    ]
    if let mtu = end.mtu { attributes.append(.u32(LinkAttribute.mtu, mtu)) }
    let kind: String
    let data: [NetlinkAttribute]
    switch end.mode {
    case .macvlan(let mode):
      kind = "macvlan"
      data = [.u32(MacvlanAttribute.mode, mode)]
      attributes.append(.bytes(LinkAttribute.hardwareAddress, end.hardwareAddress))
    case .ipvlan(let mode, let flags):
      kind = "ipvlan"
      data = [.u16(IPvlanAttribute.mode, mode), .u16(IPvlanAttribute.flags, flags)]
    }
    attributes.append(information(kind, data))
    return NetlinkRequest(
      "create the \(kind) \(end.name)", type: RouteMessage.newLink, flags: [.create, .exclusive],
      header: header(), attributes: attributes)
  }

  /// Makes a link that leads nowhere, switched off.
  package static func createDummy(
    _ name: String, group: UInt32, kind: String = "dummy"
  ) -> NetlinkRequest {
    NetlinkRequest(
      "create the \(kind) link \(name)", type: RouteMessage.newLink, flags: [.create, .exclusive],
      header: header(),
      attributes: [
        .string(LinkAttribute.name, name), .u32(LinkAttribute.group, group),
        information(kind, []),
      ])
  }

  /// Makes the link of a VLAN on another link, switched off.
  ///
  /// - Parameter id: the number of the VLAN, from 1 to 4094.
  package static func createVLAN(
    _ name: String, id: UInt16, parentIndex: UInt32, group: UInt32
  ) -> NetlinkRequest {
    NetlinkRequest(
      "create the VLAN \(name)", type: RouteMessage.newLink, flags: [.create, .exclusive],
      header: header(),
      attributes: [
        .string(LinkAttribute.name, name), .u32(LinkAttribute.link, parentIndex),
        .u32(LinkAttribute.group, group), information("vlan", [.u16(VLANAttribute.id, id)]),
      ])
  }

  private static func information(_ kind: String, _ data: [NetlinkAttribute]) -> NetlinkAttribute {
    let kind = NetlinkAttribute.string(LinkInformation.kind, kind)
    return .nested(
      LinkAttribute.information,
      data.isEmpty ? [kind] : [kind, .nested(LinkInformation.data, data)])
  }
}
