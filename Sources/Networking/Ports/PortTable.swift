import Linux
import State

/// Which sockets hold which ports, as /proc/net tells.
///
/// Source: proc_pid_net(5).
enum PortTable {
  /// One socket that holds a port.
  struct Entry: Hashable {
    /// The port.
    var port: UInt16
    /// The number by which /proc names the socket.
    var inode: UInt64
  }

  private static let listening = "0A"

  /// The sockets that hold a port of a protocol in this process's network namespace.
  static func entries(_ transport: TransportProtocol) -> [Entry] {
    ["", "6"].flatMap { suffix in
      let path = "/proc/thread-self/net/\(transport.rawValue)\(suffix)"
      return parse((try? Files.readText(path)) ?? "", onlyListening: transport == .tcp)
    }
  }

  /// Reads a table: number, local address, remote address, state, five columns, inode.
  static func parse(_ text: String, onlyListening: Bool) -> [Entry] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, !onlyListening || fields[3] == listening,
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
