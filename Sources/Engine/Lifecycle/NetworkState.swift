import Linux
import Model
import Networking

/// What a container got when it was connected last: addresses and published ports
/// (`network.json` in its run directory).
struct NetworkState: Sendable, Hashable {
  /// Its ends on networks.
  var endpoints: [EndpointConfiguration] = []
  /// Its published ports.
  var ports: [PublishedPort] = []

  init() {}

  /// What is written down for a container; nil when it is not connected.
  init?(_ context: ContainerContext, _ container: ObjectID) {
    guard let json = StateFile.read(context.layout.container(container).networkState) else {
      return nil
    }
    let stored = json["endpoints"]?.arrayValue ?? []
    let networks = stored.compactMap { context.network($0.text("network")) }
    endpoints = stored.compactMap {
      EndpointConfiguration(json: $0, container: container, networks: networks)
    }
    ports = json["ports"]?.arrayValue?.compactMap { PublishedPort(json: $0) } ?? []
  }

  /// Writes it down.
  func write(_ place: ContainerLayout) throws(EngineError) {
    try StateFile.write(
      place.networkState,
      ["endpoints": .array(endpoints.map(\.json)), "ports": .array(ports.map(\.json))])
  }
}

extension EngineError {
  /// A failure of the networks.
  init(_ error: NetworkError) { self.init(error.diagnostic) }
}

/// Runs `body` and turns a failure of the networks into a message.
func networking<Result>(
  _ body: () throws(NetworkError) -> Result
) throws(EngineError) -> Result {
  do { return try body() } catch { throw EngineError(error) }
}
