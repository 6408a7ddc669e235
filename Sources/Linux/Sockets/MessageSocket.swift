import Glibc

/// Sockets to which messages are sent, never waiting. Source: socket(7), unix(7), ip(7), ipv6(7).
package enum MessageSocket {
  /// Makes a socket that is connected to a local one, or on its way there.
  package static func connecting(
    path: String, isStream: Bool
  ) throws(SyscallError) -> OwnedDescriptor {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw SyscallError("connect", path: path, errno: ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return try connecting(
      AF_UNIX, withUnsafeBytes(of: address) { Array($0) }, isStream: isStream, name: path)
  }

  /// Makes a socket that is connected to an address of 4 or 16 bytes, or on its way there.
  package static func connecting(
    address: [UInt8], port: UInt16, isStream: Bool, name: String
  ) throws(SyscallError) -> OwnedDescriptor {
    let family = address.count == 4 ? AF_INET : AF_INET6
    let head =
      withUnsafeBytes(of: sa_family_t(family)) { Array($0) }
      + [UInt8(port >> 8), UInt8(port & 0xFF)]
    let zeros = [UInt8](repeating: 0, count: address.count == 4 ? 8 : 4)
    let bytes = address.count == 4 ? head + address + zeros : head + zeros + address + zeros
    return try connecting(family, bytes, isStream: isStream, name: name)
  }

  private static func connecting(
    _ family: Int32, _ address: [UInt8], isStream: Bool, name: String
  ) throws(SyscallError) -> OwnedDescriptor {
    let kind = isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue
    let flags = SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let descriptor = OwnedDescriptor(
      try Syscall.check(socket(family, Int32(kind | flags), 0), "socket"))
    let result = address.withUnsafeBytes { buffer in
      buffer.baseAddress.map {
        connect(
          descriptor.raw, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
      } ?? -1
    }
    if result < 0, errno != EINPROGRESS { throw SyscallError("connect", path: name) }
    return descriptor
  }

  /// Why a socket that was on its way did not arrive, and what went wrong since; nil for nothing.
  package static func failure(_ socket: Int32, name: String) -> SyscallError? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    let result = getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &size)
    let code = result == 0 ? value : errno
    return code == 0 ? nil : SyscallError("connect", path: name, errno: code)
  }

  /// Sends bytes; nil when there is no room now.
  package static func send(
    _ socket: Int32, _ bytes: ArraySlice<UInt8>, name: String
  ) throws(SyscallError) -> Int? {
    let count = bytes.withUnsafeBytes { buffer -> Int in
      while true {
        let count = Glibc.send(
          socket, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        if count >= 0 || errno != EINTR { return count }
      }
    }
    if count >= 0 { return count }
    if errno == EAGAIN || errno == ENOBUFS { return nil }
    throw SyscallError("send", path: name)
  }

  /// Drops what a receiver says; false when it closed the connection.
  package static func dropInput(_ socket: Int32) -> Bool {
    var scratch = [UInt8](repeating: 0, count: 512)
    while true {
      let count = recv(socket, &scratch, scratch.count, Int32(MSG_DONTWAIT))
      if count > 0 || count < 0 && errno == EINTR { continue }
      return count < 0 && errno == EAGAIN
    }
  }
}
