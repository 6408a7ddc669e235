import Linux
import Model

/// What a container got when it was connected last: addresses and published ports
/// (`network.json` in its run directory).
package struct NetworkState: Sendable, Hashable {
  /// The format that is written, and the newest one that can be read. Its members are read with
  /// the records of the networks, so that this root value cannot be `Versioned` itself.
  package static let format = 1

  /// Its ends on networks.
  package var endpoints: [EndpointConfiguration] = []
  /// Its published ports.
  package var ports: [PublishedPort] = []

  /// Makes the state of a container without networks.
  package init() {}

  /// What is written down for a container; nil when it is not connected. Ends on networks that are
  /// gone are left out.
  ///
  /// - Parameter network: finds the record of a network by its full name.
  package static func read(
    _ containerLayout: ContainerLayout, _ container: ObjectID,
    network: (String) throws(RecordError) -> NetworkRecord?
  ) throws(RecordError) -> NetworkState? {
    guard let json = try StateFile.read(containerLayout.networkState) else { return nil }
    let source = RecordSource.file(containerLayout.networkState)
    _ = try FormatVersion.read(json, of: source, known: format)
    let reader = RecordReader(json, of: source)
    var state = NetworkState()
    for element in try reader.objects("endpoints") {
      let stored = try EndpointConfiguration.NetworkName(element)
      guard let network = try network(stored.name), network.id == stored.id else { continue }
      state.endpoints.append(
        try EndpointConfiguration(element, container: container, network: network))
    }
    state.ports = try reader.list("ports")
    return state
  }

  /// The state in the current format.
  package var json: JSON {
    var writer = RecordWriter()
    writer.set(FormatVersion.key, Self.format)
    writer.set("endpoints", json: .array(endpoints.map(\.encoded)))
    writer.set("ports", json: .array(ports.map(\.encoded)))
    return writer.json
  }

  /// Writes it down.
  package func write(_ containerLayout: ContainerLayout) throws(SyscallError) {
    try StateFile.write(containerLayout.networkState, json)
  }
}
