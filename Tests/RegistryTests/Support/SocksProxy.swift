import Glibc
import Linux

/// A SOCKS proxy on this machine that asks for a user and a password, and leads every connection to
/// one port of this machine, wherever it was to go.
///
/// Source: RFC 1928 and RFC 1929.
final class SocksProxy: Sendable {
  let port: Int
  /// The users with their passwords, such as `u:p`, and the targets, such as `host:80`.
  let identities = Monitored<[String]>([])
  let targets = Monitored<[String]>([])
  private let listener: Int32
  private let destination: Int

  init(to destination: Int) throws {
    self.destination = destination
    (listener, port) = try LoopbackSocket.listen()
    WorkerThread.start { [self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        WorkerThread.start { [self] in
          serve(client)
          close(client)
        }
      }
    }
  }

  /// Ends the proxy. Its threads hold it, so it does not end by itself.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ client: Int32) {
    guard let greeting = read(client, 2), greeting[0] == 5, read(client, Int(greeting[1])) != nil,
      write([5, 2], to: client), read(client, 1) == [1], let user = readText(client),
      let password = readText(client), write([1, 0], to: client)
    else { return }
    identities.change { $0.append("\(user):\(password)") }
    guard read(client, 4) == [5, 1, 0, 3], let host = readText(client),
      let place = read(client, 2)
    else { return }
    targets.change { $0.append("\(host):\(Int(place[0]) << 8 | Int(place[1]))") }
    let server = LoopbackSocket.connect(to: destination)
    guard server >= 0, write([5, 0, 0, 1, 127, 0, 0, 1, 0, 0], to: client) else { return }
    relay(client, server)
    close(server)
  }

  /// Passes on what comes from either side, until one of them ends.
  private func relay(_ client: Int32, _ server: Int32) {
    let sides = [client, server]
    var waiting = sides.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while poll(&waiting, 2, -1) > 0 {
      for (place, side) in sides.enumerated() where waiting[place].revents != 0 {
        let count = recv(side, &buffer, buffer.count, 0)
        guard count > 0, write(Array(buffer[..<count]), to: sides[1 - place]) else { return }
      }
    }
  }

  private func readText(_ client: Int32) -> String? {
    guard let length = read(client, 1), let bytes = read(client, Int(length[0])) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func read(_ client: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return recv(client, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
  }

  private func write(_ bytes: [UInt8], to target: Int32) -> Bool {
    send(target, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }
}

/// Sockets between threads of this machine.
private enum LoopbackSocket {
  static func listen() throws -> (descriptor: Int32, port: Int) {
    let listener = make()
    var (address, length) = place(0)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isBound else { throw SyscallError("bind") }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  static func connect(to port: Int) -> Int32 {
    let client = make()
    let (address, length) = place(UInt16(port))
    let isConnected = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(client, $0, length) == 0
      }
    }
    return isConnected ? client : -1
  }

  private static func make() -> Int32 {
    socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  private static func place(_ port: UInt16) -> (sockaddr_in, socklen_t) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return (address, socklen_t(MemoryLayout<sockaddr_in>.size))
  }
}
