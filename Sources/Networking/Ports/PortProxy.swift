import Glibc
import Linux
import Model
import State

/// Holds published ports with sockets of this process, and carries what packet filter rules cannot
/// translate: connections to ::1, connections by IPv6 to a container that has only IPv4, and those
/// from containers that must not reach their neighbours directly.
///
/// While it holds a port, another program that wants the port is told that it is in use. Everything
/// runs on the event loop's thread, in the host's network namespace.
package final class PortProxy {
  private let loop: EventLoop
  private var openings: [ObjectID: [any PortOpening]] = [:]

  /// A port that could not be held.
  package struct Failure: Sendable {
    /// The port.
    package var port: PublishedPort
    /// Why.
    package var error: SyscallError
  }

  /// Makes a proxy that holds nothing.
  package init(_ loop: EventLoop) { self.loop = loop }

  /// Holds the ports of a container, instead of those it held before.
  ///
  /// - Returns: those that could not be held; the others are.
  package func open(_ container: ObjectID, _ ports: [PublishedPort]) -> [Failure] {
    close(container)
    var failures: [Failure] = []
    for port in ports where port.transport != .sctp {
      for address in port.listeningAddresses {
        do throws(SyscallError) {
          openings[container, default: []].append(try opening(port, at: address))
        } catch {
          // A machine without IPv6 publishes on IPv4 alone.
          let isOptional = port.hostAddress == nil && address.family == .ipv6
          if isOptional, error.errno != EADDRINUSE { continue }
          failures.append(Failure(port: port, error: error))
        }
      }
    }
    return failures
  }

  /// Gives up the ports of a container; its connections end.
  package func close(_ container: ObjectID) {
    for opening in openings.removeValue(forKey: container) ?? [] { opening.close() }
  }

  private func opening(
    _ port: PublishedPort, at address: IPAddress
  ) throws(SyscallError) -> any PortOpening {
    let place = SocketAddress(address, port.hostPort)
    // The container's address of the same family is closer to what the client expects to see.
    let target =
      (port.containerAddress(address.family) ?? port.containerAddresses.first).map {
        SocketAddress($0, port.containerPort)
      }
    guard port.transport == .udp else {
      return try StreamOpening(at: place, to: target, loop)
    }
    return try DatagramOpening(at: place, to: target, loop)
  }
}

/// One socket that holds a port.
protocol PortOpening: AnyObject {
  /// Gives the port up.
  func close()
}
