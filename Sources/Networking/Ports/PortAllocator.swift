import Glibc
import Linux
import Model
import State

/// Finds out whether ports of the host are free, and picks free ones.
package struct PortAllocator: Sendable {
  private let layout: Layout
  private let pause: @Sendable () -> Void

  /// Makes an allocator that knows the published ports of a layout.
  package init(_ layout: Layout) {
    self.init(layout) { usleep(5000) }
  }

  /// - Parameter pause: what is done before a port is tried once more.
  init(_ layout: Layout, pause: @escaping @Sendable () -> Void) {
    self.layout = layout
    self.pause = pause
  }

  /// Where ports come from when the user names none.
  package static let automatic: ClosedRange<UInt16> = 32_768...60_999

  /// Refuses a port that cannot be published, and says who has it.
  ///
  /// - Parameters:
  ///   - port: the port; where it leads does not matter.
  ///   - container: who wants it; what it holds already is no obstacle.
  ///   - former: a container whose ports it takes over.
  ///   - supervisor: the process that holds ports for the container's project: it gives way.
  package func check(
    _ port: PublishedPort, for container: ObjectID, former: ObjectID? = nil,
    supervisor: Int32? = nil
  ) throws(NetworkError) {
    guard port.hostPort > 0 else {
      throw .refused(Diagnostic(.error, "port 0 cannot be published"))
    }
    if let owner = try registered(port, except: [container, former]) {
      throw Self.taken(port, by: PortHolder(pid: nil, name: owner))
    }
    guard let error = Self.bindError(port) else { return }
    switch error.errno {
    case EADDRINUSE: try checkHolder(port, supervisor)
    case EADDRNOTAVAIL:
      throw .refused(
        Diagnostic(
          .error,
          "port \(Self.text(port)) cannot be published: "
            + "this host does not have the address"))
    default: throw .system(error)
    }
  }

  /// How long the kernel may take to close what a process had open that was killed.
  private static let closingNanoseconds: UInt64 = 2_000_000_000

  /// Refuses a port that another process has. One that nobody has who can be seen is as a rule one
  /// of a process that is just ending, such as a supervisor that was killed: it is waited for.
  private func checkHolder(
    _ port: PublishedPort, _ supervisor: Int32?
  ) throws(NetworkError) {
    let latest = Clock.monotonicNanoseconds() + Self.closingNanoseconds
    var holder: PortHolder?
    repeat {
      holder = PortHolder.find(port)
      if let pid = holder?.pid {
        if pid == supervisor || isSupervisor(pid) { return }
        if let stat = ProcessTable.stat(pid), !stat.hasEnded, !stat.isEnding { break }
      }
      pause()
      if Self.bindError(port)?.errno != EADDRINUSE { return }
    } while Clock.monotonicNanoseconds() < latest
    throw Self.taken(port, by: holder)
  }

  /// True for a supervisor of this layout: the port is nobody else's container's, so that it gives
  /// way, as one does that was replaced a moment ago.
  private func isSupervisor(_ pid: Int32) -> Bool {
    guard
      case .project(layout, _) = SupervisorStart.invocation(
        Array(ProcessTable.arguments(pid).dropFirst()))
    else { return false }
    return true
  }

  /// Picks a port of `range` that is free on an address.
  ///
  /// - Parameter reserved: ports that were picked already for containers that do not run yet.
  package func pick(
    hostAddress: IPAddress?, transport: TransportProtocol,
    in range: ClosedRange<UInt16> = automatic, reserved: Set<UInt16> = []
  ) throws(NetworkError) -> UInt16 {
    let entries = try PortRegistry.entries(layout)
    let published = Set(
      entries.flatMap(\.ports).filter { $0.transport == transport }.map(\.hostPort))
    for port in range where !published.contains(port) && !reserved.contains(port) {
      let candidate = PublishedPort(
        hostAddress: hostAddress, hostPort: port, containerPort: port, transport: transport)
      if Self.bindError(candidate) == nil { return port }
    }
    throw .refused(
      Diagnostic(
        .error,
        "no port from \(range.lowerBound) to \(range.upperBound) is free on "
          + (hostAddress?.description ?? "this host")))
  }

  private func registered(
    _ port: PublishedPort, except known: Set<ObjectID?>
  ) throws(NetworkError) -> String? {
    return try PortRegistry.entries(layout).first { entry in
      !known.contains(entry.container) && entry.ports.contains { $0.clashes(with: port) }
    }?.owner
  }

  /// Why a port cannot be bound now; nil when it can. SCTP cannot be tried and counts as free.
  private static func bindError(_ port: PublishedPort) -> SyscallError? {
    guard port.transport != .sctp else { return nil }
    for address in port.listeningAddresses {
      do throws(SyscallError) {
        let place = SocketAddress(address, port.hostPort)
        try ProcessBirth.excluded { () throws(SyscallError) in
          if port.transport == .tcp {
            _ = try InternetSocket.listening(on: place, backlog: 1)
          } else {
            _ = try InternetSocket.bound(to: place, .datagram)
          }
        }
      } catch {
        // A machine without IPv6 publishes on IPv4 alone.
        let isOptional = port.hostAddress == nil && address.family == .ipv6
        if isOptional, error.errno != EADDRINUSE { continue }
        return error
      }
    }
    return nil
  }

  private static func taken(_ port: PublishedPort, by holder: PortHolder?) -> NetworkError {
    let who = holder.map { " by \($0)" } ?? ""
    return .refused(
      Diagnostic(
        .error, "port \(text(port)) is already in use\(who)",
        hint: "publish another port, or stop what uses this one"))
  }

  private static func text(_ port: PublishedPort) -> String {
    let address = port.hostAddress.map { "\($0.bracketed):" } ?? ""
    return "\(address)\(port.hostPort)/\(port.transport.rawValue)"
  }
}

extension PublishedPort {
  /// The addresses a program listens on that holds this port.
  var listeningAddresses: [IPAddress] {
    hostAddress.map { [$0] } ?? [IPAddress(.ipv4, 0), IPAddress(.ipv6, 0)]
  }

  /// True when both cannot be published at the same time.
  package func clashes(with other: PublishedPort) -> Bool {
    guard hostPort == other.hostPort, transport == other.transport else { return false }
    guard let mine = hostAddress, let theirs = other.hostAddress else { return true }
    guard mine.family == theirs.family else { return false }
    return mine == theirs || mine.isUnspecified || theirs.isUnspecified
  }
}
