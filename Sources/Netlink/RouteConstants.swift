// The numbers of linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h and linux/veth.h that are
// used here, macvlan, ipvlan and VLAN among them. They belong to the kernel's interface and never change.

/// Message types of rtnetlink (`RTM_…`), see rtnetlink(7).
package enum RouteMessage {
  /// A link to make or change, or one of a list (`RTM_NEWLINK`).
  package static let newLink: UInt16 = 16
  /// A link to delete (`RTM_DELLINK`).
  package static let deleteLink: UInt16 = 17
  /// A question for links (`RTM_GETLINK`).
  package static let getLink: UInt16 = 18
  /// An address to add, or one of a list (`RTM_NEWADDR`).
  package static let newAddress: UInt16 = 20
  /// A question for addresses (`RTM_GETADDR`).
  package static let getAddress: UInt16 = 22
  /// A route to add, or one of a list (`RTM_NEWROUTE`).
  package static let newRoute: UInt16 = 24
  /// A question for routes (`RTM_GETROUTE`).
  package static let getRoute: UInt16 = 26
}

/// Address families as the messages carry them (`AF_…`).
package enum AddressFamily {
  /// Every family (`AF_UNSPEC`).
  package static let any: UInt8 = 0
  /// IPv4 (`AF_INET`).
  package static let ipv4: UInt8 = 2
  /// IPv6 (`AF_INET6`).
  package static let ipv6: UInt8 = 10
}

/// Attributes of a link (`IFLA_…`).
enum LinkAttribute {
  static let hardwareAddress: UInt16 = 1
  static let name: UInt16 = 3
  static let mtu: UInt16 = 4
  static let link: UInt16 = 5
  static let master: UInt16 = 10
  static let information: UInt16 = 18
  static let alias: UInt16 = 20
  static let familySpecific: UInt16 = 26
  static let group: UInt16 = 27
  static let namespaceDescriptor: UInt16 = 28
}

/// Attributes inside `LinkAttribute.information` (`IFLA_INFO_…`).
enum LinkInformation {
  static let kind: UInt16 = 1
  static let data: UInt16 = 2
  static let portKind: UInt16 = 4
  static let portData: UInt16 = 5
}

/// Attributes of a bridge (`IFLA_BR_…`).
enum BridgeAttribute {
  static let multicastSnooping: UInt16 = 23
}

/// Attributes of a port of a bridge (`IFLA_BRPORT_…`).
enum BridgePortAttribute {
  static let hairpin: UInt16 = 4
  static let isolated: UInt16 = 33
}

/// Attributes of a veth pair (`VETH_INFO_…`).
enum VethAttribute {
  static let peer: UInt16 = 1
}

/// Attributes of a macvlan (`IFLA_MACVLAN_…`) and its modes (`MACVLAN_MODE_…`).
enum MacvlanAttribute {
  static let mode: UInt16 = 1
}

/// Attributes of an ipvlan (`IFLA_IPVLAN_…`).
enum IPvlanAttribute {
  static let mode: UInt16 = 1
  static let flags: UInt16 = 2
}

/// Attributes of a VLAN (`IFLA_VLAN_…`).
enum VLANAttribute {
  static let id: UInt16 = 1
}

/// Attributes of IPv6 on a link (`IFLA_INET6_…`).
enum IPv6LinkAttribute {
  static let addressGenerationMode: UInt16 = 8
  /// No link-local address is made (`IN6_ADDR_GEN_MODE_NONE`).
  static let noGeneratedAddress: UInt8 = 1
}

/// Attributes of an address (`IFA_…`).
enum AddressAttribute {
  static let address: UInt16 = 1
  static let local: UInt16 = 2
  static let broadcast: UInt16 = 4
  static let flags: UInt16 = 8
  /// No duplicate address detection (`IFA_F_NODAD`).
  static let noDuplicateDetection: UInt32 = 0x02
}

/// Attributes of a route (`RTA_…`) and the fields of its header.
enum RouteAttribute {
  static let destination: UInt16 = 1
  static let outputLink: UInt16 = 4
  static let gateway: UInt16 = 5
  static let priority: UInt16 = 6

  static let mainTable: UInt8 = 254
  static let bootProtocol: UInt8 = 3
  static let universeScope: UInt8 = 0
  static let linkScope: UInt8 = 253
  static let unicast: UInt8 = 1
}

/// Flags of a link (`IFF_…`), see netdevice(7).
enum LinkFlag {
  static let up: UInt32 = 0x1
}
