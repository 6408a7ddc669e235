import Linux
import Model
import Networking
import State

extension NetworkState {
  /// What is written down for a container; nil when it is not connected.
  static func read(_ context: ContainerContext, _ container: ObjectID) -> NetworkState? {
    // The container's record was read before, which refuses what a newer roost wrote of its run.
    let state = try? read(context.layout.container(container), container) { context.network($0) }
    return state ?? nil
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
