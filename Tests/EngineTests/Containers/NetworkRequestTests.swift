import Compose
import Model
import Networking
import State
import TestSupport
import Testing

@testable import Engine

@Suite("Networks as they are asked for", .timeLimit(.standard))
struct NetworkRequestTests {
  private func request(
    _ driver: String, _ options: OrderedMap<String> = [:],
    _ change: (inout Compose.Network) -> Void = { _ in }
  ) throws -> (request: NetworkRequest, warnings: [String]) {
    var network = Compose.Network(key: "lan", name: "p_lan")
    network.driver = driver
    network.driverOptions = options
    change(&network)
    var resolution = NetworkRequestResolution(network: network, project: "p", hash: "h")
    let request = try resolution.request()
    return (request, resolution.warnings.map(\.message))
  }

  @Test("each driver knows its options, and a network without parent has no way out")
  func drivers() throws {
    let bridge = try request(
      "", ["com.docker.network.driver.mtu": "1400", "parent": "eth0", "x": "y"])
    #expect(bridge.request.driver == "bridge" && bridge.request.mtu == 1400)
    #expect(bridge.warnings.count == 2 && !bridge.request.isInternal)
    let lan = try request("macvlan", ["parent": "eth0.10", "macvlan_mode": "vepa"])
    #expect(lan.request.bridgeName == "eth0.10" && !lan.request.isInternal && lan.warnings.isEmpty)
    #expect(try request("macvlan").request.isInternal)
    #expect(try request("ipvlan", ["ipvlan_mode": "l3", "ipvlan_flag": "vepa"]).warnings.isEmpty)
    #expect(try request("ipvlan", ["macvlan_mode": "vepa"]).warnings.count == 1)
  }

  @Test(
    "what no driver is or knows is refused",
    arguments: [
      ("nosuch", "", ""), ("overlay", "", ""), ("host", "", ""), ("null", "", ""),
      ("macvlan", "macvlan_mode", "l2"), ("ipvlan", "ipvlan_mode", "bridge"),
      ("ipvlan", "ipvlan_flag", "x"), ("bridge", "com.docker.network.driver.mtu", "-1"),
      ("bridge", "com.docker.network.bridge.enable_icc", "perhaps"),
      ("bridge", "com.docker.network.container_iface_prefix", "much-too-long-to-be"),
    ])
  func refused(driver: String, key: String, value: String) throws {
    #expect(throws: EngineError.self) {
      try self.request(driver, key.isEmpty ? [:] : [key: value])
    }
  }

  @Test("addresses are managed here, by nobody else")
  func addressManagement() throws {
    #expect(throws: EngineError.self) { try self.request("") { $0.ipamDriver = "dhcp" } }
    #expect(throws: EngineError.self) {
      try self.request("") { $0.subnets = [SubnetConfig(subnet: "10.1.0.0")] }
    }
  }

  private static let volumeOptions: [(OrderedMap<String>, Bool)] = [
    (["o": "bind", "type": "none", "device": "/srv"], true),
    (["type": "ext4", "device": "/dev/x"], true), (["type": "nfs", "device": ":/x"], false),
    (["type": "nfs4", "device": ":/x", "o": "rw,addr=10.0.0.1"], true), (["type": "none"], false),
    (["type": "ext4"], false), (["o": "size=1m"], false), (["size": "1m"], false), ([:], true),
  ]

  @Test("volumes are directories or file systems, and say which", arguments: volumeOptions)
  func volumes(options: OrderedMap<String>, isRight: Bool) {
    var volume = Compose.Volume(key: "v", name: "p_v")
    volume.driverOptions = options
    let check = VolumeCheck(volume)
    if isRight {
      #expect(throws: Never.self) { try check.check() }
    } else {
      #expect(throws: EngineError.self) { try check.check() }
    }
  }

  @Test("a volume has one driver and a name of letters and digits")
  func volumeNames() {
    var volume = Compose.Volume(key: "v", name: "p_v")
    volume.driver = "nosuch"
    #expect(throws: EngineError.self) { try VolumeCheck(volume).check() }
    for name in ["", "-a", "a/b", "a b", "../x", String(repeating: "a", count: 256)] {
      #expect(throws: EngineError.self, "\(name)") {
        try VolumeCheck(Compose.Volume(key: "v", name: name)).check()
      }
    }
  }
}
