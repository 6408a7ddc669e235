/// A line of /etc/hosts.
package struct ExtraHost: Sendable, Hashable {
  /// The name.
  package var name: String
  /// An address, or `host-gateway` for the host's on the container's network.
  package var address: String

  /// Makes a line.
  package init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// The address that stands for the host.
  package static let hostGateway = "host-gateway"
}
