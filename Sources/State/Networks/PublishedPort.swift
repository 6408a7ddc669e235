import Model

/// A transport protocol with ports.
package enum TransportProtocol: String, Sendable, Hashable, CaseIterable, Comparable {
  case tcp
  case udp
  case sctp

  /// In alphabetical order.
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A port of the host that leads to a port of a container.
package struct PublishedPort: Sendable, Hashable, CustomStringConvertible {
  /// The host's address; nil for all of them, `0.0.0.0` for all of IPv4, `::` for all of IPv6.
  package var hostAddress: IPAddress?
  /// The port on the host.
  package var hostPort: UInt16
  /// The port in the container.
  package var containerPort: UInt16
  /// The protocol.
  package var transport: TransportProtocol
  /// The container's addresses, at most one of each family is used.
  package var containerAddresses: [IPAddress]

  /// Describes a published port.
  package init(
    hostAddress: IPAddress? = nil, hostPort: UInt16, containerPort: UInt16,
    transport: TransportProtocol = .tcp, containerAddresses: [IPAddress] = []
  ) {
    self.hostAddress = hostAddress
    self.hostPort = hostPort
    self.containerPort = containerPort
    self.transport = transport
    self.containerAddresses = containerAddresses
  }

  /// The container's address of a family.
  package func containerAddress(_ family: IPAddress.Family) -> IPAddress? {
    containerAddresses.first { $0.family == family }
  }

  /// The families of the host's addresses on which this port is open.
  package var hostFamilies: [IPAddress.Family] {
    hostAddress.map { [$0.family] } ?? [.ipv4, .ipv6]
  }

  /// The text `0.0.0.0:8080->80/tcp`, as listings show it.
  package var description: String {
    let host = (hostAddress ?? IPAddress(.ipv4, 0)).bracketed
    return "\(host):\(hostPort)->\(containerPort)/\(transport.rawValue)"
  }
}

extension PublishedPort: RecordMember {
  /// Reads a port as it stands on disk.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      hostAddress: try reader.optionalAddress("hostAddress"),
      hostPort: try reader.integer("hostPort"), containerPort: try reader.integer("containerPort"),
      transport: try reader.choice("protocol"),
      containerAddresses: try reader.addresses("containerAddresses"))
  }

  /// Writes a port as it stands on disk.
  package func write(_ writer: inout RecordWriter) {
    writer.set("hostPort", hostPort)
    writer.set("containerPort", containerPort)
    writer.set("protocol", transport.rawValue)
    writer.set("containerAddresses", json: .strings(containerAddresses.map(\.description)))
    writer.set("hostAddress", hostAddress?.description)
  }
}

extension PublishedPort {
  /// The addresses by which published ports of a container are reached: in each family those of the
  /// endpoint that has the default route, else of the first that is not internal. Only bridges count:
  /// this host does not see the others.
  ///
  /// Answers leave by the default route; through another link they would come from an address
  /// that does not belong there.
  package static func reachableAddresses(of endpoints: [EndpointConfiguration]) -> [IPAddress] {
    [IPAddress.Family.ipv4, .ipv6].flatMap { family -> [IPAddress] in
      let open = endpoints.filter { endpoint in
        endpoint.network.kind == .bridge && !endpoint.network.isInternal
          && endpoint.addresses.contains { $0.family == family }
      }
      let chosen = open.first { $0.isDefaultRoute(family) } ?? open.first
      return chosen?.addresses.filter { $0.family == family } ?? []
    }
  }
}
