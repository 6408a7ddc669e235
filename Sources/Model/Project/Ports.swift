/// A transport protocol of a port.
package enum PortProtocol: String, Sendable, Hashable, CaseIterable {
  case tcp
  case udp
  case sctp
}

/// A port of the container that the host publishes.
package struct PortMapping: Sendable, Hashable {
  /// The host's side.
  package enum Published: Sendable, Hashable {
    /// Any free port.
    case ephemeral
    /// The first free port of a range; mostly a range of one.
    case range(ClosedRange<UInt16>)
  }

  /// The port in the container.
  package var target: UInt16
  /// The port of the host.
  package var published: Published
  /// The host's address to listen on; nil means all.
  package var hostIP: String?
  /// The transport protocol.
  package var `protocol`: PortProtocol
  /// `ingress` or `host`; the same on one machine.
  package var mode: String
  /// A name for people.
  package var name: String?
  /// The protocol above the transport, for people.
  package var applicationProtocol: String?

  /// Makes a mapping.
  package init(
    target: UInt16, published: Published = .ephemeral, hostIP: String? = nil,
    protocol: PortProtocol = .tcp
  ) {
    self.target = target
    self.published = published
    self.hostIP = hostIP
    self.protocol = `protocol`
    mode = "ingress"
    name = nil
    applicationProtocol = nil
  }
}

/// Ports that a container is said to listen on.
package struct ExposedPort: Sendable, Hashable {
  /// The ports; mostly one.
  package var ports: ClosedRange<UInt16>
  /// The transport protocol.
  package var `protocol`: PortProtocol

  /// Makes an entry.
  package init(ports: ClosedRange<UInt16>, protocol: PortProtocol = .tcp) {
    self.ports = ports
    self.protocol = `protocol`
  }
}
