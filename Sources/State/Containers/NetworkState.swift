import Linux
import Model

/// What a container got when it was connected last: addresses and published ports
/// (`network.json` in its run directory).
package struct NetworkState: Sendable, Hashable {
  /// Its ends on networks.
  package var endpoints: [EndpointConfiguration] = []
  /// Its published ports.
  package var ports: [PublishedPort] = []

  /// Makes the state of a container without networks.
  package init() {}

  /// What is written down for a container; nil when it is not connected.
  ///
  /// - Parameter network: finds the record of a network by its full name.
  package init?(
    _ place: ContainerLayout, _ container: ObjectID, network: (String) -> NetworkRecord?
  ) {
    guard let json = StateFile.read(place.networkState) else { return nil }
    let stored = json["endpoints"]?.arrayValue ?? []
    let networks = stored.compactMap { network($0.text("network")) }
    endpoints = stored.compactMap {
      EndpointConfiguration(json: $0, container: container, networks: networks)
    }
    ports = json["ports"]?.arrayValue?.compactMap { PublishedPort(json: $0) } ?? []
  }

  /// Writes it down.
  package func write(_ place: ContainerLayout) throws(SyscallError) {
    try StateFile.write(
      place.networkState,
      ["endpoints": .array(endpoints.map(\.json)), "ports": .array(ports.map(\.json))])
  }
}
