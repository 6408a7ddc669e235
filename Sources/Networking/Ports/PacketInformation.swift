import Glibc
import Linux
import Model

/// Datagrams with the local address they were sent to, on sockets bound to every address.
///
/// Source: ip(7) `IP_PKTINFO`, RFC 3542 `IPV6_PKTINFO`, cmsg(3).
enum PacketInformation {
  /// `struct cmsghdr`: a length of 8 bytes, level, type.
  private static let headerLength = 16
  private static let receiveIPv6: Int32 = 49
  private static let ipv6Type: Int32 = 50
  private static let ipv4Type: Int32 = 8

  /// Asks for the local address of each datagram.
  static func enable(_ socket: Int32, _ family: IPAddress.Family) throws(SyscallError) {
    if family == .ipv4 {
      try InternetSocket.set(socket, Int32(IPPROTO_IP), ipv4Type, 1)
    } else {
      try InternetSocket.set(socket, Int32(IPPROTO_IPV6), receiveIPv6, 1)
    }
  }

  /// Receives one datagram; nil when there is none now.
  static func receive(
    _ socket: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) -> (count: Int, peer: DatagramOpening.Peer)? {
    var name = sockaddr_storage()
    var control = [UInt8](repeating: 0, count: 128)
    let (count, used) = exchange(&name, &control, buffer) { recvmsg(socket, &$0, 0) }
    guard count >= 0, let sender = withUnsafeBytes(of: &name, { SocketAddress(bytes: $0) })
    else { return nil }
    let local = control.withUnsafeBytes {
      localAddress(UnsafeRawBufferPointer(rebasing: $0[..<used]))
    }
    return (count, DatagramOpening.Peer(sender: sender, local: local))
  }

  /// Sends a datagram from the local address that the peer wrote to.
  static func send(_ socket: Int32, _ bytes: [UInt8], to peer: DatagramOpening.Peer) {
    var name = sockaddr_storage()
    withUnsafeMutableBytes(of: &name) { $0.copyBytes(from: peer.sender.bytes) }
    var control = peer.local.map(controlMessage) ?? []
    var copy = bytes
    copy.withUnsafeMutableBytes { buffer in
      _ = exchange(&name, &control, buffer, nameLength: peer.sender.bytes.count) {
        sendmsg(socket, &$0, Int32(MSG_NOSIGNAL))
      }
    }
  }

  /// Fills in a message header and makes one call with it.
  ///
  /// - Returns: the result of the call and the length of the control data.
  private static func exchange(
    _ name: inout sockaddr_storage, _ control: inout [UInt8],
    _ buffer: UnsafeMutableRawBufferPointer,
    nameLength: Int = MemoryLayout<sockaddr_storage>.size,
    _ call: (inout msghdr) -> Int
  ) -> (result: Int, controlLength: Int) {
    withUnsafeMutablePointer(to: &name) { name in
      control.withUnsafeMutableBytes { control in
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var message = msghdr()
          message.msg_name = UnsafeMutableRawPointer(name)
          message.msg_namelen = socklen_t(nameLength)
          message.msg_iov = vector
          message.msg_iovlen = 1
          message.msg_control = control.isEmpty ? nil : control.baseAddress
          message.msg_controllen = control.count
          var result = call(&message)
          while result < 0, errno == EINTR { result = call(&message) }
          return (result, Int(message.msg_controllen))
        }
      }
    }
  }

  private static func localAddress(_ control: UnsafeRawBufferPointer) -> IPAddress? {
    guard control.count >= headerLength else { return nil }
    let level = control.loadUnaligned(fromByteOffset: 8, as: Int32.self)
    let type = control.loadUnaligned(fromByteOffset: 12, as: Int32.self)
    // IPv4: index, the address to answer from, the address in the packet. IPv6: address, index.
    if level == Int32(IPPROTO_IP), type == ipv4Type, control.count >= headerLength + 12 {
      return IPAddress(bytes: control[(headerLength + 4)..<(headerLength + 8)])
    }
    if level == Int32(IPPROTO_IPV6), type == ipv6Type, control.count >= headerLength + 16 {
      return IPAddress(bytes: control[headerLength..<(headerLength + 16)])
    }
    return nil
  }

  static func controlMessage(_ local: IPAddress) -> [UInt8] {
    let index: [UInt8] = [0, 0, 0, 0]
    let isIPv4 = local.family == .ipv4
    let data = isIPv4 ? index + local.bytes + [0, 0, 0, 0] : local.bytes + index
    let level = isIPv4 ? Int32(IPPROTO_IP) : Int32(IPPROTO_IPV6)
    var bytes = withUnsafeBytes(of: headerLength + data.count) { Array($0) }
    bytes += withUnsafeBytes(of: level) { Array($0) }
    bytes += withUnsafeBytes(of: isIPv4 ? ipv4Type : ipv6Type) { Array($0) }
    bytes += data
    while bytes.count % 8 != 0 { bytes.append(0) }
    return bytes
  }
}
