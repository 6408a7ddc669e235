import Model
import Netlink

/// Lets a container ask 127.0.0.11:53 while the name server listens on another port.
///
/// The port in the packets is rewritten on the way out and on the way back, without connection
/// tracking: an application in the container can listen on 0.0.0.0:53 itself, its other traffic
/// is not tracked for our sake, and a query sent while the name server starts anew is lost like
/// any datagram rather than refused.
enum DNSRedirect {
  /// The port where the name server listens: above those the kernel gives out by itself.
  static let port: UInt16 = 61_053
  /// The table in the container's namespace.
  static let table = "roost_dns"

  private static let wellKnownPort: UInt16 = 53
  private static let sourceOffset: UInt32 = 0
  private static let destinationOffset: UInt32 = 2

  /// How a transport protocol is recognised, and where its checksum is.
  private static let transports: [(number: UInt8, checksumOffset: UInt32)] = [(17, 6), (6, 16)]

  /// Sets the redirect up in the namespace of `client`.
  static func install(_ client: NetfilterClient) throws(NetlinkError) {
    try client.performTransaction(requests())
  }

  /// The same where it may be in place already.
  static func reinstall(_ client: NetfilterClient) throws(NetlinkError) {
    let family = NetfilterFamily.ipv4
    try client.performTransaction(
      [
        NetfilterRequest.createTable(table, family: family),
        NetfilterRequest.deleteTable(table, family: family),
      ] + requests())
  }

  static func requests() -> [NetlinkRequest] {
    // Connection tracking (priority -200), should the application use it, sees port 53 both
    // ways: queries are rewritten after it and answers before it.
    var requests = [
      NetfilterRequest.createTable(table, family: NetfilterFamily.ipv4),
      chain("query", priority: 100), chain("answer", priority: -300),
    ]
    for transport in transports {
      requests.append(
        rule(
          "query", transport, addressOffset: 16, portOffset: destinationOffset,
          from: wellKnownPort, to: port))
      requests.append(
        rule(
          "answer", transport, addressOffset: 12, portOffset: sourceOffset, from: port,
          to: wellKnownPort))
    }
    return requests
  }

  private static func chain(_ name: String, priority: Int32) -> NetlinkRequest {
    NetfilterRequest.createChain(
      name, table: table, family: NetfilterFamily.ipv4, hook: NetfilterHook.output,
      priority: priority)
  }

  private static func rule(
    _ chain: String, _ transport: (number: UInt8, checksumOffset: UInt32),
    addressOffset: UInt32, portOffset: UInt32, from: UInt16, to: UInt16
  ) -> NetlinkRequest {
    NetfilterRequest.appendRule(
      [
        .loadPayload(.network, offset: addressOffset, length: 4),
        .matches(ResolvConf.embeddedResolver.bytes),
        .loadProtocol(), .matches([transport.number]),
        .loadPayload(.transport, offset: portOffset, length: 2), .matches(from.networkBytes),
        .load(to.networkBytes),
        .storePayload(
          .transport, offset: portOffset, length: 2, checksumOffset: transport.checksumOffset),
      ], chain: chain, table: table, family: NetfilterFamily.ipv4)
  }
}
