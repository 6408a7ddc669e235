import CLinux
import Glibc

/// Local sockets, and descriptors sent through them. Source: unix(7).
package enum UnixSocket {
  /// How bytes travel.
  package enum Kind: Sendable {
    /// As a stream, without boundaries.
    case stream
    /// As messages that keep their boundaries, in order.
    case messages

    fileprivate var type: Int32 {
      switch self {
      case .stream: Int32(SOCK_STREAM.rawValue)
      case .messages: Int32(SOCK_SEQPACKET.rawValue)
      }
    }
  }

  /// Makes a listening socket at `path`, mode 0600; one that is there already is replaced.
  package static func listen(
    _ path: String, _ kind: Kind, backlog: Int32 = 64
  ) throws(SyscallError) -> OwnedDescriptor {
    let socket = try make(kind)
    try Files.removeIfPresent(path)
    // The mode that the name gets. Source: unix_bind in net/unix/af_unix.c; the umask belongs to all
    // threads.
    try Syscall.check(fchmod(socket.raw, 0o600), "fchmod", path)
    try withAddress(path) { address, length throws(SyscallError) in
      try Syscall.check(bind(socket.raw, address, length), "bind", path)
    }
    try Syscall.check(Glibc.listen(socket.raw, backlog), "listen", path)
    return socket
  }

  /// Connects to the socket at `path`.
  ///
  /// - Throws: `ETIMEDOUT` when whoever listens there has taken no connection for ten seconds.
  package static func connect(_ path: String, _ kind: Kind) throws(SyscallError) -> OwnedDescriptor
  {
    let socket = try make(kind)
    // Source: socket(7), SO_SNDTIMEO.
    try setSendTimeout(socket, seconds: 10)
    try withAddress(path) { address, length throws(SyscallError) in
      do throws(SyscallError) {
        try Syscall.retry("connect", path) { Glibc.connect(socket.raw, address, length) }
      } catch {
        throw error.errno == EAGAIN
          ? SyscallError("connect", path: path, errno: ETIMEDOUT) : error
      }
    }
    try setSendTimeout(socket, seconds: 0)
    return socket
  }

  private static func setSendTimeout(
    _ socket: OwnedDescriptor, seconds: Int
  ) throws(SyscallError) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    try Syscall.check(
      setsockopt(socket.raw, SOL_SOCKET, SO_SNDTIMEO, &time, size), "setsockopt")
  }

  /// Makes two sockets that are connected to each other.
  package static func pair(
    _ kind: Kind
  ) throws(SyscallError) -> (OwnedDescriptor, OwnedDescriptor) {
    var ends: [Int32] = [-1, -1]
    let flags = Int32(SOCK_CLOEXEC.rawValue)
    try Syscall.check(socketpair(AF_UNIX, kind.type | flags, 0, &ends), "socketpair")
    return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
  }

  /// Takes the next connection; nil when there is none on a non-blocking socket.
  package static func accept(_ listener: Int32) throws(SyscallError) -> OwnedDescriptor? {
    while true {
      let descriptor = linux_accept(listener, Int32(SOCK_CLOEXEC.rawValue))
      if descriptor >= 0 { return OwnedDescriptor(descriptor) }
      switch errno {
      case EINTR, ECONNABORTED: continue
      case EAGAIN: return nil
      default: throw SyscallError("accept")
      }
    }
  }

  /// Sends bytes (at least one) with at most 16 descriptors; returns how many bytes went.
  @discardableResult
  package static func send(
    _ socket: Int32, _ bytes: [UInt8], descriptors: [Int32] = []
  ) throws(SyscallError) -> Int {
    try Syscall.retry("sendmsg") {
      linux_send_descriptors(socket, bytes, bytes.count, descriptors, Int32(descriptors.count))
    }
  }

  /// Receives bytes and descriptors; no bytes means that the other end is closed.
  package static func receive(
    _ socket: Int32, atMost limit: Int = 65536
  ) throws(SyscallError) -> (bytes: [UInt8], descriptors: [OwnedDescriptor]) {
    var bytes = [UInt8](repeating: 0, count: limit)
    var descriptors = [Int32](repeating: -1, count: 16)
    var count: Int32 = 0
    let received = try Syscall.retry("recvmsg") { () -> Int in
      count = 16
      return linux_receive_descriptors(socket, &bytes, limit, &descriptors, &count)
    }
    bytes.removeLast(limit - received)
    return (bytes, descriptors.prefix(Int(count)).map { OwnedDescriptor($0) })
  }

  private static func make(_ kind: Kind) throws(SyscallError) -> OwnedDescriptor {
    OwnedDescriptor(
      try Syscall.check(
        socket(AF_UNIX, kind.type | Int32(SOCK_CLOEXEC.rawValue), 0), "socket"))
  }

  // An address holds 107 bytes; a longer path is reached through its directory's descriptor.
  private static func withAddress(
    _ path: String,
    _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SyscallError) -> Void
  ) throws(SyscallError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    var directory: OwnedDescriptor?
    var short = path
    if path.utf8.count >= capacity {
      let opened = try Files.open(Files.parent(of: path), Int32(LINUX_O_PATH) | O_DIRECTORY)
      short = "/proc/self/fd/\(opened.raw)/\(Files.name(of: path))"
      directory = opened
    }
    guard short.utf8.count < capacity else {
      throw SyscallError("bind", path: path, errno: ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(short.utf8)) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    var failure: SyscallError?
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        do throws(SyscallError) { try body(generic, length) } catch { failure = error }
      }
    }
    withExtendedLifetime(directory) {}
    if let failure { throw failure }
  }
}
