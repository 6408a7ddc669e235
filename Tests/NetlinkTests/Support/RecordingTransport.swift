import Glibc
import Linux

@testable import Netlink

/// Keeps what is sent and answers with prepared datagrams.
final class RecordingTransport: NetlinkTransport {
  private(set) var sent: [[UInt8]] = []
  private var replies: [[UInt8]]

  init(replies: [[UInt8]] = []) { self.replies = replies }

  func send(_ datagram: [UInt8]) throws(SyscallError) { sent.append(datagram) }

  func receive() throws(SyscallError) -> [UInt8] {
    guard !replies.isEmpty else { throw SyscallError("recv", errno: EAGAIN) }
    return replies.removeFirst()
  }

  /// An acknowledgement of the request `sequence`; error number 0 confirms it.
  static func acknowledgement(_ sequence: UInt32, errno: Int32 = 0, text: String? = nil) -> [UInt8]
  {
    var body = (-errno).hostBytes + [UInt8](repeating: 0, count: 16)
    if let text { NetlinkAttribute.string(1, text).encode(into: &body) }
    let flags: UInt16 = text == nil ? 0x100 : 0x300
    return message(2, flags: flags, sequence: sequence, body: body)
  }

  /// One message.
  static func message(
    _ type: UInt16, flags: UInt16 = 0, sequence: UInt32, body: [UInt8]
  ) -> [UInt8] {
    UInt32(16 + body.count).hostBytes + type.hostBytes + flags.hostBytes + sequence.hostBytes
      + UInt32(0).hostBytes + body
  }
}
