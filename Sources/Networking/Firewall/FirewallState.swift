import Model
import State

/// What our table of packet filter rules is to do: all of it, for all networks and projects.
///
/// Rendering is a pure function of this value; equal states make equal rules.
package struct FirewallState: Sendable, Hashable {
  /// The networks that exist.
  package var networks: [NetworkRecord]
  /// The published ports of running containers.
  package var ports: [PublishedPort]

  /// Describes the rules; the order of networks and ports does not matter.
  package init(networks: [NetworkRecord] = [], ports: [PublishedPort] = []) {
    // What passes by other drivers' links does not pass this host's rules.
    self.networks = networks.filter { $0.kind == .bridge }.sorted { $0.bridgeName < $1.bridgeName }
    self.ports = ports.sorted(by: Self.precedes)
  }

  /// True when no rule is needed.
  package var isEmpty: Bool { networks.isEmpty && ports.isEmpty }

  private static func precedes(_ left: PublishedPort, _ right: PublishedPort) -> Bool {
    let leftAddress = left.hostAddress?.description ?? ""
    let rightAddress = right.hostAddress?.description ?? ""
    return (left.transport, left.hostPort, leftAddress, left.containerPort)
      < (right.transport, right.hostPort, rightAddress, right.containerPort)
  }
}
