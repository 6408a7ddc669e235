import Linux
import Model
import Networking
import State

extension NetworkState {
  /// What is written down for a container; nil when it is not connected.
  init?(_ context: ContainerContext, _ container: ObjectID) {
    self.init(context.layout.container(container), container) { context.network($0) }
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
