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
  private var openings: [ObjectID: [Place: any PortOpening]] = [:]

  /// What is held, and where what comes there goes.
  private struct Place: Hashable {
    var address: SocketAddress
    var transport: TransportProtocol
    var target: SocketAddress?
  }

  /// A port that could not be held.
  package struct Failure: Sendable {
    /// The port.
    package var port: PublishedPort
    /// Why.
    package var error: SyscallError
  }

  /// Makes a proxy that holds nothing.
  package init(_ loop: EventLoop) { self.loop = loop }

  /// Holds the ports of a container, instead of those it held before; connections of a port that it
  /// held already go on.
  ///
  /// - Returns: those that could not be held; the others are.
  package func open(_ container: ObjectID, _ ports: [PublishedPort]) -> [Failure] {
    var before = openings.removeValue(forKey: container) ?? [:]
    var wanted: [(port: PublishedPort, place: Place)] = []
    for port in ports where port.transport != .sctp {
      wanted += port.listeningAddresses.map { (port, place(port, at: $0)) }
    }
    for (_, place) in wanted {
      openings[container, default: [:]][place] = before.removeValue(forKey: place)
    }
    for opening in before.values { opening.close() }
    var failures: [Failure] = []
    for (port, place) in wanted where openings[container]?[place] == nil {
      if let opening = takeOver(place) {
        openings[container, default: [:]][place] = opening
        continue
      }
      do throws(SyscallError) {
        openings[container, default: [:]][place] = try opening(place)
      } catch {
        // A machine without IPv6 publishes on IPv4 alone.
        let isOptional = port.hostAddress == nil && place.address.address.family == .ipv6
        if isOptional, error.errno != EADDRINUSE { continue }
        failures.append(Failure(port: port, error: error))
      }
    }
    return failures
  }

  /// Takes a port from another container that is held for it here, and leads it elsewhere: no
  /// connection is refused meanwhile, and those that it has go on.
  private func takeOver(_ place: Place) -> (any PortOpening)? {
    for (container, held) in openings {
      let found = held.first { other, _ in
        other.address == place.address && other.transport == place.transport
      }
      guard let found else { continue }
      openings[container]?[found.key] = nil
      found.value.lead(to: place.target)
      return found.value
    }
    return nil
  }

  /// Gives up the ports of a container; its connections end.
  package func close(_ container: ObjectID) {
    for opening in (openings.removeValue(forKey: container) ?? [:]).values { opening.close() }
  }

  private func place(_ port: PublishedPort, at address: IPAddress) -> Place {
    // The container's address of the same family is closer to what the client expects to see.
    let target = port.containerAddress(address.family) ?? port.containerAddresses.first
    return Place(
      address: SocketAddress(address, port.hostPort), transport: port.transport,
      target: target.map { SocketAddress($0, port.containerPort) })
  }

  private func opening(_ place: Place) throws(SyscallError) -> any PortOpening {
    guard place.transport != .udp else {
      return try DatagramOpening(at: place.address, to: place.target, loop)
    }
    return try StreamOpening(at: place.address, to: place.target, loop)
  }
}

/// One socket that holds a port.
protocol PortOpening: AnyObject {
  /// Has what comes from now on go to another place; nil refuses it.
  func lead(to target: SocketAddress?)
  /// Gives the port up.
  func close()
}
