import Linux
import Model
import State

/// Which sockets hold which ports, as /proc/net tells.
///
/// Source: proc_pid_net(5).
package enum PortTable {
  /// One socket that holds a port.
  struct Entry: Hashable {
    /// Where: its address, or all.
    var address: IPAddress
    /// The port.
    var port: UInt16
    /// The number by which /proc names the socket.
    var inode: UInt64
  }

  // Source: include/net/tcp_states.h.
  private static let established: Substring = "01"
  private static let closeWait: Substring = "08"
  private static let listening: Substring = "0A"

  /// The sockets that hold a port of a protocol in this process's network namespace.
  static func entries(_ transport: TransportProtocol) -> [Entry] {
    ["", "6"].flatMap { suffix in
      let path = "/proc/thread-self/net/\(transport.rawValue)\(suffix)"
      return parse((try? Files.readText(path)) ?? "", onlyListening: transport == .tcp)
    }
  }

  /// How many TCP connections have come to the programs of a process's network namespace and are not
  /// over: those to a port that somebody there listens on. Nil when the process cannot be looked at.
  package static func incomingConnections(of pid: Int32) -> Int? {
    var listening: Set<UInt16> = []
    var ports: [UInt16] = []
    for suffix in ["", "6"] {
      // A kernel without IPv6 has no table of it.
      guard let text = try? Files.readText("/proc/\(pid)/net/tcp\(suffix)") else {
        if suffix.isEmpty { return nil }
        continue
      }
      listening.formUnion(parse(text, onlyListening: true).map(\.port))
      ports += parse(text, states: [established, closeWait]).map(\.port)
    }
    return ports.count { listening.contains($0) }
  }

  /// True when somebody in a process's network namespace listens on all of these TCP ports.
  package static func isListening(on ports: [UInt16], namespaceOf pid: Int32) -> Bool {
    let tables = ["", "6"].compactMap { try? Files.readText("/proc/\(pid)/net/tcp\($0)") }
    let found = Set(tables.flatMap { parse($0, onlyListening: true).map(\.port) })
    return ports.allSatisfy(found.contains)
  }

  /// Reads a table: number, local address, remote address, state, five columns, inode.
  static func parse(_ text: String, onlyListening: Bool) -> [Entry] {
    parse(text, states: onlyListening ? [listening] : nil)
  }

  private static func parse(_ text: String, states: [Substring]?) -> [Entry] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, states?.contains(fields[3]) ?? true,
        let (address, port) = place(fields[1]), let inode = UInt64(fields[9])
      else { return nil }
      return Entry(address: address, port: port, inode: inode)
    }
  }

  /// Reads `0100007F:1F90`: words of 32 bits as they lie in memory, and the port.
  private static func place(_ text: Substring) -> (IPAddress, UInt16)? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, [8, 32].contains(parts[0].count), let port = UInt16(parts[1], radix: 16)
    else { return nil }
    var bits: UInt128 = 0
    var rest = parts[0]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      bits = bits << 32 | UInt128(UInt32(bigEndian: word))
      rest = rest.dropFirst(8)
    }
    // An IPv4 address that a socket of IPv6 has is still one.
    let isIPv4 = parts[0].count == 8 || bits >> 32 == 0xFFFF
    return (IPAddress(isIPv4 ? .ipv4 : .ipv6, isIPv4 ? bits & 0xFFFF_FFFF : bits), port)
  }
}

/// Who holds a port of this machine.
package struct PortHolder: Sendable, Hashable, CustomStringConvertible {
  /// The process; nil when it cannot be seen.
  package var pid: Int32?
  /// The program's name, or the container's owner as it was given to `NetworkManager.publish`.
  package var name: String

  /// The text `nginx (pid 812)` or `service web of project shop`.
  package var description: String { pid.map { "\(name) (pid \($0))" } ?? name }

  /// Finds out who holds a port, or what keeps it from being held.
  package static func find(_ port: PublishedPort) -> PortHolder? {
    let inodes = Set(
      PortTable.entries(port.transport).filter { entry in
        entry.port == port.hostPort
          && port.listeningAddresses.contains { Self.collide($0, entry.address) }
      }.map(\.inode))
    guard !inodes.isEmpty else { return nil }
    let wanted = Set(inodes.map { "socket:[\($0)]" })
    for pid in ProcessTable.all() {
      guard holds(pid, oneOf: wanted) else { continue }
      return PortHolder(pid: pid, name: ProcessTable.stat(pid)?.name ?? "a process")
    }
    return PortHolder(pid: nil, name: "a process that cannot be seen from here")
  }

  /// Whether sockets at two addresses are in each other's way. One at `::` may take IPv4 as well, and
  /// whether it does cannot be seen.
  private static func collide(_ wanted: IPAddress, _ held: IPAddress) -> Bool {
    if held.isUnspecified, held.family == .ipv6 { return true }
    guard wanted.family == held.family else { return false }
    return wanted == held || wanted.isUnspecified || held.isUnspecified
  }

  private static func holds(_ pid: Int32, oneOf sockets: Set<String>) -> Bool {
    let directory = "/proc/\(pid)/fd"
    guard let names = try? Files.list(directory) else { return false }
    return names.contains { name in
      (try? Files.readLink("\(directory)/\(name)")).map(sockets.contains) ?? false
    }
  }
}
