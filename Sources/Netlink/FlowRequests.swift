/// Requests to connection tracking: find and forget UDP flows.
///
/// A flow keeps the address it was first sent to as long as packets pass. After a published UDP
/// port moved to another container, the flows of the old one must be forgotten.
///
/// Source: linux/netfilter/nfnetlink_conntrack.h.
package enum FlowRequest {
  /// Asks for the flows of IPv4 or IPv6.
  package static func list(family: UInt8) -> NetlinkRequest {
    NetlinkRequest(
      "list the tracked flows", type: NetfilterMessage.getFlow, flags: .dump,
      header: NetfilterRequest.header(family: family))
  }

  /// Forgets a flow.
  package static func delete(_ flow: Flow) -> NetlinkRequest {
    NetlinkRequest(
      "forget a tracked flow", type: NetfilterMessage.deleteFlow,
      header: NetfilterRequest.header(family: flow.family),
      attributes: [.bytes(FlowAttribute.original, flow.original)])
  }
}

/// A flow that connection tracking knows.
package struct Flow: Sendable, Hashable {
  /// IPv4 or IPv6.
  package var family: UInt8
  /// The transport protocol, such as 17 for UDP.
  package var transportProtocol: UInt8
  /// The port its first packet was sent to.
  package var destinationPort: UInt16
  /// The bytes that name the flow, as the kernel gave them.
  package var original: [UInt8]

  /// Reads a flow from a reply; nil for a message of another type or a protocol without ports.
  package init?(_ message: NetlinkMessage) {
    guard message.type >> 8 == NetfilterMessage.getFlow >> 8, let family = message.body.first,
      let attributes = try? message.attributes(after: 4),
      let original = attributes.bytes(FlowAttribute.original),
      let transport = attributes.nested(FlowAttribute.original)?
        .nested(FlowAttribute.tupleProtocol),
      let number = transport.u8(FlowAttribute.protocolNumber),
      let port = transport.bigEndian16(FlowAttribute.destinationPort)
    else { return nil }
    self.family = family
    self.original = original
    transportProtocol = number
    destinationPort = port
  }
}
