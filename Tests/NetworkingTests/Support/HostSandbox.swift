import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

/// A sandbox with a network namespace that plays the host, and another that plays the world outside.
/// Nothing of the machine's own network is touched.
final class HostSandbox {
  /// The host's address as the outside sees it.
  static let hostAddress = IPAddress(198, 51, 100, 1)
  static let hostAddress6 = IPAddress(.ipv6, 0x2001_0DB8 << 96 | 1)
  /// The address of the machine outside.
  static let outsideAddress = IPAddress(198, 51, 100, 2)
  static let outsideAddress6 = IPAddress(.ipv6, 0x2001_0DB8 << 96 | 2)

  private let sandbox: Sandbox
  let manager: NetworkManager
  let store: NetworkStore
  private var containers: [ObjectID] = []

  var directory: String { sandbox.directory }
  var layout: Layout { sandbox.layout }
  var hostPath: String { sandbox.host }
  var outsidePath: String { "\(directory)/outside" }

  init() throws {
    sandbox = try Sandbox()
    manager = NetworkManager(sandbox.layout)
    store = NetworkStore(sandbox.layout)
    try sandbox.addNamespace("host")
    try sandbox.addNamespace("outside")
    try wire()
  }

  /// Host and outside are joined by a veth pair; the host's default route leads outside.
  private func wire() throws {
    let outside = try Files.open(outsidePath, O_RDONLY)
    try onHost {
      let client = try RouteClient()
      try client.perform(
        LinkRequest.enable("lo", generatedIPv6: true) + [
          LinkRequest.createBridge("up-bridge", hardwareAddress: [2, 0, 0, 0, 0, 1], mtu: nil)
        ] + LinkRequest.enable("up-bridge", generatedIPv6: false))
      let bridge = try #require(try client.link(named: "up-bridge")).index
      try client.perform([
        LinkRequest.createVeth(
          LinkRequest.VethPair(
            name: "uplink", bridgeIndex: bridge, peerName: "world",
            peerHardwareAddress: [2, 0, 0, 0, 0, 2], peerNamespace: outside.raw)),
        LinkRequest.enablePort("uplink", alias: "uplink", hairpin: false, isolated: false),
        AddressRequest.add(Self.hostAddress.bytes, prefixLength: 24, linkIndex: bridge),
        AddressRequest.add(Self.hostAddress6.bytes, prefixLength: 64, linkIndex: bridge),
        RouteRequest.addDefault(gateway: Self.outsideAddress.bytes, linkIndex: bridge),
      ])
    }
    try within(outsidePath) {
      let client = try RouteClient()
      let world = try #require(try client.link(named: "world")).index
      try client.perform(
        LinkRequest.enable("lo", generatedIPv6: true)
          + LinkRequest.enable("world", generatedIPv6: false) + [
            AddressRequest.add(Self.outsideAddress.bytes, prefixLength: 24, linkIndex: world),
            AddressRequest.add(Self.outsideAddress6.bytes, prefixLength: 64, linkIndex: world),
          ])
    }
  }

  /// Makes a further namespace, without any link, and returns where it is held.
  func addNamespace(_ name: String) throws -> String { try sandbox.addNamespace(name) }

  /// Runs code in the namespace that plays the host.
  func onHost<Value>(_ body: () throws -> Value) throws -> Value {
    try within(hostPath, body)
  }

  /// Runs code in a container's namespace.
  func inside<Value>(_ container: ObjectID, _ body: () throws -> Value) throws -> Value {
    try within(layout.container(container).networkNamespace, body)
  }

  /// Runs code in a namespace.
  func within<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
    let outcome: Result<Value, any Error> = try NetworkNamespace.within(path: path) {
      Result { try body() }
    }
    return try outcome.get()
  }

  /// Makes a network with its bridge.
  func network(
    _ name: String, _ change: (inout NetworkRequest) -> Void = { _ in }
  ) throws -> NetworkRecord {
    var request = NetworkRequest(name: name)
    change(&request)
    return try onHost {
      let record = try store.create(request)
      _ = try manager.ensureBridge(record)
      return record
    }
  }

  /// Connects a new container to networks; the first has the default route.
  @discardableResult
  func container(
    _ name: String, on networks: [NetworkRecord], aliases: [String] = []
  ) throws -> TestContainer {
    let id = ObjectID.random()
    var endpoints: [EndpointConfiguration] = []
    for (index, network) in networks.enumerated() {
      endpoints.append(
        EndpointConfiguration(
          network: network, container: id, containerName: name, aliases: aliases,
          interfaceName: "eth\(index)", addresses: try store.leases(of: network).lease(id),
          isDefaultRoute: index == 0))
    }
    try onHost { try manager.connect(id, endpoints) }
    containers.append(id)
    return TestContainer(id: id, endpoints: endpoints)
  }

  /// Publishes ports of a container and brings the rules in line.
  func publish(_ container: TestContainer, _ ports: [PublishedPort]) throws {
    try onHost {
      try manager.publish(container.id, ports, owner: "service test")
      _ = try manager.synchronizeFirewall()
    }
  }

  /// Brings the rules in line with what is on disk.
  func synchronize() throws { try onHost { _ = try manager.synchronizeFirewall() } }

  func remove() {
    for container in containers { try? onHost { try manager.disconnect(container) } }
    sandbox.removeEmptyRunDirectories()
    sandbox.close()
  }

  /// Runs a test with a sandbox that is removed afterwards.
  static func with(_ body: (HostSandbox) throws -> Void) throws {
    let sandbox = try HostSandbox()
    defer { sandbox.remove() }
    try body(sandbox)
  }
}

/// A connected container without any process in it.
struct TestContainer {
  let id: ObjectID
  let endpoints: [EndpointConfiguration]

  /// Its address on its first network.
  var address: IPAddress { addresses[0] }
  var addresses: [IPAddress] { endpoints.flatMap(\.addresses) }

  func address(_ family: IPAddress.Family) throws -> IPAddress {
    try #require(addresses.first { $0.family == family })
  }
}

/// True when `body` comes through without an error.
func succeeds(_ body: () throws -> Any) -> Bool {
  do {
    _ = try body()
    return true
  } catch {
    return false
  }
}
