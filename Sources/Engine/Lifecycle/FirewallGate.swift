import Model
import Networking
import Synchronization

/// Keeps the packet filter in step with networks and published ports, with as few runs of `nft`
/// as possible: one before the first container starts, which shuts networks off from one another,
/// and one when everything is up, which opens the published ports.
final class FirewallGate: Sendable {
  private let context: ContainerContext
  private let batcher: Batcher<Void>
  private struct Dirt {
    var networks = true
    var ports = false
  }
  private let dirt = Mutex(Dirt())

  init(_ context: ContainerContext) {
    self.context = context
    let (manager, progress) = (context.manager, context.engine.progress)
    batcher = Batcher { _ throws(EngineError) in
      let notes = try networking { () throws(NetworkError) in
        try manager.synchronizeFirewall()
      }
      for note in notes { progress.warn(note) }
    }
  }

  /// Networks were made or removed.
  func networksChanged() { dirt.withLock { $0.networks = true } }

  /// Ports were published, or are not any more.
  func portsChanged() { dirt.withLock { $0.ports = true } }

  /// Waits until the networks are shut off from one another.
  func ready() throws(EngineError) {
    guard dirt.withLock({ $0.networks }) else { return }
    try batcher.submit(())
    dirt.withLock { $0.networks = false }
  }

  /// Applies everything that changed.
  func flush() throws(EngineError) {
    let isDirty = dirt.withLock { dirt in
      defer { dirt = Dirt(networks: false, ports: false) }
      return dirt.networks || dirt.ports
    }
    if isDirty { try batcher.submit(()) }
  }
}
