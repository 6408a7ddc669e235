import Linux
import State

/// Which sockets hold which ports, as /proc/net tells.
///
/// Source: proc_pid_net(5).
package enum PortTable {
  /// One socket that holds a port.
  struct Entry: Hashable {
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
        let digits = fields[1].split(separator: ":").last,
        let port = UInt16(digits, radix: 16), let inode = UInt64(fields[9])
      else { return nil }
      return Entry(port: port, inode: inode)
    }
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

  /// Finds out who holds a port.
  package static func find(
    _ port: UInt16, _ transport: TransportProtocol
  ) -> PortHolder? {
    let inodes = Set(PortTable.entries(transport).filter { $0.port == port }.map(\.inode))
    guard !inodes.isEmpty else { return nil }
    let wanted = Set(inodes.map { "socket:[\($0)]" })
    for pid in ProcessTable.all() {
      guard holds(pid, oneOf: wanted) else { continue }
      return PortHolder(pid: pid, name: ProcessTable.stat(pid)?.name ?? "a process")
    }
    return PortHolder(pid: nil, name: "a process that cannot be seen from here")
  }

  private static func holds(_ pid: Int32, oneOf sockets: Set<String>) -> Bool {
    let directory = "/proc/\(pid)/fd"
    guard let names = try? Files.list(directory) else { return false }
    return names.contains { name in
      (try? Files.readLink("\(directory)/\(name)")).map(sockets.contains) ?? false
    }
  }
}
