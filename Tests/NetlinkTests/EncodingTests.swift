import TestSupport
import Testing

@testable import Netlink

// The fixtures are in the byte order of the machines we run on: little endian.

@Suite("netlink encoding", .timeLimit(.standard))
struct EncodingTests {
  private func encoded(_ request: NetlinkRequest) -> [UInt8] {
    NetlinkRequest.encode([request], firstSequence: 7)
  }

  @Test("an attribute carries its length, and is padded to four bytes without counting them")
  func padding() {
    var buffer: [UInt8] = []
    NetlinkAttribute.string(3, "eth0").encode(into: &buffer)
    #expect(digits(buffer) == digits(hex("0900 0300 6574683000 000000")))
  }

  @Test("a nested attribute counts its children and their padding")
  func nesting() {
    var buffer: [UInt8] = []
    NetlinkAttribute.nested(18, [.string(1, "veth"), .u8(4, 9)]).encode(into: &buffer)
    #expect(
      digits(buffer)
        == digits(
          hex(
            """
            1800 1280              # 24 bytes, type 18, nested
            0900 0100 7665746800 000000
            0500 0400 09 000000
            """)))
  }

  @Test("a veth pair is one message with the peer in its namespace and the bridge as master")
  func veth() {
    let request = LinkRequest.createVeth(
      LinkRequest.VethPair(
        name: "rv0", bridgeIndex: 5, group: 7, peerName: "eth0",
        peerHardwareAddress: [2, 0, 0, 0, 0, 1], peerNamespace: 9))
    #expect(
      digits(encoded(request))
        == digits(
          hex(
            """
            80000000 1000 0506 07000000 00000000     # RTM_NEWLINK, request ack create excl
            00000000 00000000 00000000 00000000      # ifinfomsg
            0800 0300 72763000                       # IFLA_IFNAME rv0
            0800 0a00 05000000                       # IFLA_MASTER 5
            0800 1b00 07000000                       # IFLA_GROUP 7
            4800 1280                                # IFLA_LINKINFO
              0900 0100 7665746800 000000            # IFLA_INFO_KIND veth
              3800 0280                              # IFLA_INFO_DATA
                3400 0180                            # VETH_INFO_PEER
                  00000000 00000000 00000000 00000000
                  0900 0300 6574683000 000000        # IFLA_IFNAME eth0
                  0a00 0100 020000000001 0000        # IFLA_ADDRESS
                  0800 1c00 09000000                 # IFLA_NET_NS_FD 9
            """)))
  }

  @Test("a bridge is made without multicast snooping")
  func bridge() {
    let request = LinkRequest.createBridge(
      "rst-1", hardwareAddress: [2, 0, 0, 0, 0, 1], mtu: 1400, group: 7)
    #expect(
      digits(encoded(request))
        == digits(
          hex(
            """
            64000000 1000 0506 07000000 00000000
            00000000 00000000 00000000 00000000
            0a00 0300 7273742d3100 0000              # IFLA_IFNAME rst-1
            0a00 0100 020000000001 0000              # IFLA_ADDRESS
            0800 1b00 07000000                       # IFLA_GROUP 7
            0800 0400 78050000                       # IFLA_MTU 1400
            1c00 1280                                # IFLA_LINKINFO
              0b00 0100 62726964676500 00            # IFLA_INFO_KIND bridge
              0c00 0280                              # IFLA_INFO_DATA
                0500 1700 00 000000                  # IFLA_BR_MCAST_SNOOPING 0
            """)))
  }

  @Test("an IPv4 address comes with its broadcast address, an IPv6 address without detection")
  func addresses() {
    #expect(
      digits(encoded(AddressRequest.add([10, 1, 2, 3], prefixLength: 20, linkIndex: 2)))
        == digits(
          hex(
            """
            30000000 1400 0506 07000000 00000000
            02 14 00 00 02000000                     # AF_INET, /20, link 2
            0800 0200 0a010203                       # IFA_LOCAL
            0800 0100 0a010203                       # IFA_ADDRESS
            0800 0400 0a010fff                       # IFA_BROADCAST
            """)))
    let ipv6 = [0xFD] + [UInt8](repeating: 0, count: 14) + [7]
    let bytes = encoded(AddressRequest.add(ipv6, prefixLength: 64, linkIndex: 2))
    #expect(Array(bytes[16..<18]) == [10, 64])
    #expect(Array(bytes.suffix(8)) == hex("0800 0800 02000000"))
  }

  @Test("a default route names its gateway and link")
  func route() {
    #expect(
      digits(encoded(RouteRequest.addDefault(gateway: [10, 0, 0, 1], linkIndex: 3)))
        == digits(
          hex(
            """
            2c000000 1800 0506 07000000 00000000
            02 00 00 00 fe 03 00 01 00000000         # AF_INET, main table, boot, universe, unicast
            0800 0500 0a000001                       # RTA_GATEWAY
            0800 0400 03000000                       # RTA_OIF
            """)))
  }

  @Test("links on a parent are born in their namespace, with mode and flags")
  func parentLinks() {
    func end(_ mode: ParentLinkMode) -> NetlinkRequest {
      LinkRequest.create(
        LinkRequest.ParentLinkEnd(
          name: "eth0", parentIndex: 5, namespace: 9, hardwareAddress: [2, 0, 0, 0, 0, 1],
          mode: mode))
    }
    #expect(
      digits(encoded(end(.macvlan(4))))
        == digits(
          hex(
            """
            64000000 1000 0506 07000000 00000000
            00000000 00000000 00000000 00000000
            0900 0300 6574683000 000000              # IFLA_IFNAME eth0
            0800 0500 05000000                       # IFLA_LINK 5
            0800 1c00 09000000                       # IFLA_NET_NS_FD 9
            0a00 0100 020000000001 0000              # IFLA_ADDRESS
            1c00 1280                                # IFLA_LINKINFO
              0c00 0100 6d6163766c616e00             # IFLA_INFO_KIND macvlan
              0c00 0280                              # IFLA_INFO_DATA
                0800 0100 04000000                   # IFLA_MACVLAN_MODE bridge
            """)))
    #expect(
      digits(encoded(end(.ipvlan(2, flags: 1))))
        == digits(
          hex(
            """
            60000000 1000 0506 07000000 00000000
            00000000 00000000 00000000 00000000
            0900 0300 6574683000 000000              # IFLA_IFNAME eth0
            0800 0500 05000000                       # IFLA_LINK 5
            0800 1c00 09000000                       # IFLA_NET_NS_FD 9
            2400 1280                                # IFLA_LINKINFO
              0b00 0100 6970766c616e00 00            # IFLA_INFO_KIND ipvlan
              1400 0280                              # IFLA_INFO_DATA
                0600 0100 0200 0000                  # IFLA_IPVLAN_MODE l3s
                0600 0200 0100 0000                  # IFLA_IPVLAN_FLAGS private
            """)))
  }

  @Test("a VLAN names its number and the link below, a dummy nothing")
  func parents() {
    #expect(
      digits(encoded(LinkRequest.createVLAN("eth0.10", id: 10, parentIndex: 5, group: 7)))
        == digits(
          hex(
            """
            58000000 1000 0506 07000000 00000000
            00000000 00000000 00000000 00000000
            0c00 0300 657468302e313000               # IFLA_IFNAME eth0.10
            0800 0500 05000000                       # IFLA_LINK 5
            0800 1b00 07000000                       # IFLA_GROUP 7
            1c00 1280                                # IFLA_LINKINFO
              0900 0100 766c616e00 000000            # IFLA_INFO_KIND vlan
              0c00 0280                              # IFLA_INFO_DATA
                0600 0100 0a00 0000                  # IFLA_VLAN_ID 10
            """)))
    #expect(
      digits(encoded(LinkRequest.createDummy("rst-1", group: 7)))
        == digits(
          hex(
            """
            44000000 1000 0506 07000000 00000000
            00000000 00000000 00000000 00000000
            0a00 0300 7273742d3100 0000              # IFLA_IFNAME rst-1
            0800 1b00 07000000                       # IFLA_GROUP 7
            1000 1280                                # IFLA_LINKINFO
              0a00 0100 64756d6d7900 0000            # IFLA_INFO_KIND dummy
            """)))
  }

  @Test("several requests share one datagram and have numbers of their own")
  func batch() throws {
    let batch = [LinkRequest.delete("a"), LinkRequest.delete("b")]
    let messages = try NetlinkMessage.parse(NetlinkRequest.encode(batch, firstSequence: 41))
    #expect(messages.map(\.sequence) == [41, 42])
    #expect(messages.allSatisfy { $0.flags.contains(.acknowledge) })
  }

  @Test("an nf_tables rule is a list of named expressions in network order")
  func rule() {
    let request = NetfilterRequest.appendRule(
      [.loadProtocol(), .matches([17])], chain: "c", table: "t", family: NetfilterFamily.ipv4)
    #expect(
      digits(encoded(request))
        == digits(
          hex(
            """
            78000000 060a 050c 07000000 00000000
            02 00 0000                               # AF_INET
            0600 0100 7400 0000                      # NFTA_RULE_TABLE t
            0600 0200 6300 0000                      # NFTA_RULE_CHAIN c
            5400 0480                                # NFTA_RULE_EXPRESSIONS
              2400 0180                              # NFTA_LIST_ELEM
                0900 0100 6d65746100 000000          # NFTA_EXPR_NAME meta
                1400 0280                            # NFTA_EXPR_DATA
                  0800 0100 00000001                 # register 1
                  0800 0200 00000010                 # the transport protocol
              2c00 0180
                0800 0100 636d7000                   # cmp
                2000 0280
                  0800 0100 00000001
                  0800 0200 00000000                 # equal
                  0c00 0380 0500 0100 11 000000      # 17
            """)))
  }
}
