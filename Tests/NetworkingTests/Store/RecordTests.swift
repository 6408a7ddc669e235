import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("records of networks, endpoints and ports", .timeLimit(.standard))
struct RecordTests {
  private let file = RecordSource.file("network.json")

  private func network() throws -> NetworkRecord {
    NetworkRecord(
      name: "shop_front", id: .random(), project: "shop", key: "front",
      subnets: [
        NetworkRecord.Subnet(
          try #require(CIDR("10.9.0.0/24")), range: CIDR("10.9.0.0/25"),
          reserved: ["router": IPAddress(10, 9, 0, 9)])
      ], isInternal: true, enableIPv6: true, mtu: 1400, interContainer: false, masquerade: false,
      hostBinding: IPAddress(127, 0, 0, 1), labels: [("b", "2"), ("a", "1")],
      created: Timestamp(seconds: 5), configHash: "abc")
  }

  @Test("a network survives the way to disk and back")
  func networkRoundTrip() throws {
    let record = try network()
    let text = record.json.text()
    #expect(try NetworkRecord(json: JSON.parse(text), of: file) == record)
    #expect(record.bridgeName == "rst-" + record.id.hex.prefix(8))
  }

  @Test(
    "a record with a part missing is an error that names it",
    arguments: ["name", "id", "subnets", "created"])
  func incomplete(_ key: String) throws {
    var members = try #require(try network().json.objectValue)
    members[key] = nil
    #expect(throws: RecordError(file, .malformed(member: key, reason: "is missing"))) {
      try NetworkRecord(json: .object(members), of: file)
    }
  }

  @Test("an endpoint survives the way to disk and back, with its network looked up")
  func endpointRoundTrip() throws {
    let network = try network()
    let id = ObjectID.random()
    let endpoint = EndpointConfiguration(
      network: network, container: id, containerName: "shop-web-1", aliases: ["web"],
      interfaceName: "eth3", addresses: [IPAddress(10, 9, 0, 2)],
      hardwareAddress: HardwareAddress("02:00:00:00:00:07"), isDefaultRoute: false)
    let files = try TemporaryDirectory()
    let place = files.layout.container(id)
    try Files.makeDirectories(place.run)
    let another = try self.network()
    var state = NetworkState()
    state.endpoints = [endpoint]
    try state.write(place)
    #expect(try NetworkState.read(place, id) { _ in network } == state)
    #expect(try NetworkState.read(place, id) { _ in nil } == NetworkState())
    #expect(try NetworkState.read(place, id) { _ in another } == NetworkState())
  }

  @Test("a port survives the way to disk and back, and reads as Docker writes it")
  func portRoundTrip() throws {
    let port = PublishedPort(
      hostAddress: IPAddress(.ipv6, 1), hostPort: 8080, containerPort: 80, transport: .udp,
      containerAddresses: [IPAddress(10, 9, 0, 2)])
    #expect(
      try PublishedPort(RecordReader(JSON.parse(port.encoded.text()), of: file)) == port)
    #expect(port.description == "[::1]:8080->80/udp")
    let everywhere = PublishedPort(hostPort: 1, containerPort: 2)
    #expect(everywhere.description == "0.0.0.0:1->2/tcp")
  }

  @Test("ports of a newer roost are refused, what is no entry or was torn is passed over")
  func newerPorts() throws {
    let files = try TemporaryDirectory()
    let layout = files.layout
    let ports = [PublishedPort(hostPort: 8080, containerPort: 80)]
    let entry = PortRegistry.Entry(container: .random(), owner: "service web", ports: ports)
    try PortRegistry.write(layout, entry)
    let directory = "\(layout.runRoot)/ports"
    try Files.write("\(directory)/\(ObjectID.random().hex).json", "{")
    try Files.write("\(directory)/notes.txt", "x")
    #expect(try PortRegistry.entries(layout) == [entry])
    let path = "\(directory)/\(ObjectID.random().hex).json"
    try Files.write(path, #"{"version":2}"#)
    let expected = RecordError(.file(path), .newer(format: 2, known: 1)).description
    let error = #expect(throws: NetworkError.self) { try PortRegistry.entries(layout) }
    #expect(error?.description == expected)
    #expect(throws: NetworkError.self) {
      try PortAllocator(layout).pick(hostAddress: nil, transport: .tcp)
    }
    #expect(throws: NetworkError.self) { try NetworkManager(layout).synchronizeFirewall() }
  }

  @Test("ports clash when an address, a port and a protocol are the same")
  func clashes() {
    func port(_ address: String?, _ transport: TransportProtocol = .tcp) -> PublishedPort {
      PublishedPort(
        hostAddress: address.flatMap { IPAddress($0) }, hostPort: 80, containerPort: 80,
        transport: transport)
    }
    #expect(port(nil).clashes(with: port("127.0.0.1")))
    #expect(port("0.0.0.0").clashes(with: port("127.0.0.1")))
    #expect(!port("0.0.0.0").clashes(with: port("::1")))
    #expect(!port("127.0.0.1").clashes(with: port("127.0.0.2")))
    #expect(!port(nil).clashes(with: port(nil, .udp)))
  }

  @Test("published ports lead to the endpoint with the default route, never to an internal one")
  func reachable() throws {
    var open = try network()
    open.isInternal = false
    func endpoint(_ network: NetworkRecord, _ last: UInt8, _ isDefault: Bool)
      -> EndpointConfiguration
    {
      EndpointConfiguration(
        network: network, container: .random(), containerName: "x",
        addresses: [IPAddress(10, 9, 0, last)], isDefaultRoute: isDefault)
    }
    let hidden = try network()
    let endpoints = [endpoint(hidden, 2, false), endpoint(open, 3, false), endpoint(open, 4, true)]
    #expect(PublishedPort.reachableAddresses(of: endpoints) == [IPAddress(10, 9, 0, 4)])
    #expect(PublishedPort.reachableAddresses(of: [endpoint(hidden, 2, true)]).isEmpty)
  }

  @Test("a store makes, finds, lists and forgets networks")
  func store() throws {
    let files = try TemporaryDirectory()
    let store = NetworkStore(files.layout)
    #expect(try store.all().isEmpty)
    let one = try store.create(NetworkRequest(name: "one"))
    let two = try store.create(NetworkRequest(name: "two"))
    #expect(!one.subnets[0].block.overlaps(two.subnets[0].block))
    #expect(try store.all() == [one, two])
    #expect(throws: NetworkError.self) { try store.create(NetworkRequest(name: "one")) }
    let container = ObjectID.random()
    for network in [one, two] { _ = try store.leases(of: network).lease(container) }
    try store.releaseLeases(of: container)
    #expect(try store.leases(of: two).all().isEmpty)
    _ = try store.leases(of: one).lease(.random())
    try store.remove(one)
    try store.remove(one)
    #expect(try store.find(name: "one") == nil)
    #expect(try store.all() == [two])
  }

  @Test(
    "names that would leave the directory are refused", arguments: ["", "..", "a/b", "-a", "ä"])
  func names(_ name: String) throws {
    let store = NetworkStore(Layout(root: "/nonexistent", runRoot: "/nonexistent"))
    #expect(try store.find(name: name) == nil)
    #expect(throws: NetworkError.self) { try store.create(NetworkRequest(name: name)) }
  }
}
