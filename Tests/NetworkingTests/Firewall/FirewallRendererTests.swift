import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

@Suite("packet filter rules", .timeLimit(.standard))
struct FirewallRendererTests {
  private func network(
    _ digit: Character, _ blocks: [String], _ change: (inout NetworkRecord) -> Void = { _ in }
  ) throws -> NetworkRecord {
    let id = try #require(ObjectID(String(repeating: digit, count: 64)))
    var record = NetworkRecord(
      name: "n\(digit)", id: id,
      subnets: try blocks.map { NetworkRecord.Subnet(try #require(CIDR($0))) },
      created: Timestamp(seconds: 0))
    change(&record)
    return record
  }

  private func rules(_ state: FirewallState) -> String {
    FirewallRenderer(table: "roost", state: state).definition
  }

  private func state() throws -> FirewallState {
    FirewallState(
      networks: [
        try network("b", ["10.208.1.0/24"]) { $0.isInternal = true },
        try network("a", ["10.208.0.0/24", "fd00::/64"]),
        try network("c", ["10.208.2.0/24"]) {
          $0.interContainer = false
          $0.masquerade = false
        },
      ],
      ports: [
        PublishedPort(
          hostPort: 8080, containerPort: 80,
          containerAddresses: [IPAddress(10, 208, 0, 2), try #require(IPAddress("fd00::2"))]),
        PublishedPort(
          hostAddress: IPAddress(127, 0, 0, 1), hostPort: 53, containerPort: 5353, transport: .udp,
          containerAddresses: [IPAddress(10, 208, 0, 3)]),
      ])
  }

  @Test("the sets tell which link is what")
  func sets() throws {
    let text = rules(try state())
    for line in [
      #"set bridges { type ifname; elements = { "rst-aaaaaaaa", "rst-bbbbbbbb", "rst-cccccccc" }; }"#,
      #"set internal { type ifname; elements = { "rst-bbbbbbbb" }; }"#,
      "set links { type devgroup; elements = { 2863311530, 3149642683, 3435973836 }; }",
      #"set separate { type ifname; elements = { "rst-cccccccc" }; }"#,
      "set within { type ifname . ifname; elements = { "
        + #""rst-aaaaaaaa" . "rst-aaaaaaaa", "rst-bbbbbbbb" . "rst-bbbbbbbb" }; }"#,
    ] {
      #expect(text.contains(line), "\(line)")
    }
  }

  @Test("ports of all addresses and of one address stand in maps of their own")
  func maps() throws {
    let text = rules(try state())
    #expect(text.contains("elements = { tcp . 8080 : 10.208.0.2 . 80 }"))
    #expect(text.contains("elements = { tcp . 8080 : fd00::2 . 80 }"))
    #expect(text.contains("elements = { 127.0.0.1 . udp . 53 : 10.208.0.3 . 5353 }"))
  }

  @Test("ports that are open on the loopback stand in a set, those of one other address do not")
  func loopbackPorts() throws {
    let addresses: [IPAddress?] = [
      nil, IPAddress(.ipv4, 0), IPAddress(127, 0, 0, 2), IPAddress("::1"), IPAddress(192, 0, 2, 1),
    ]
    let state = FirewallState(
      networks: [try network("a", ["10.208.0.0/24"])],
      ports: addresses.enumerated().map { index, address in
        PublishedPort(
          hostAddress: address, hostPort: 8080 + UInt16(index), containerPort: 80,
          transport: index == 2 ? .udp : .tcp, containerAddresses: [IPAddress(10, 208, 0, 2)])
      })
    #expect(rules(state).contains("elements = { tcp . 8080, tcp . 8081, udp . 8082 }"))
  }

  @Test("only networks with a way out and with masquerading hide their addresses")
  func masquerade() throws {
    let lines = rules(try state()).split(separator: "\n").map {
      $0.drop { $0 == " " }
    }.filter { $0.contains("oifname !=") && $0.hasSuffix("masquerade") }
    #expect(
      lines == [
        #"ip saddr 10.208.0.0/24 oifname != "rst-aaaaaaaa" masquerade"#,
        #"ip6 saddr fd00::/64 oifname != "rst-aaaaaaaa" masquerade"#,
      ])
  }

  @Test("the order of networks and ports does not change the rules")
  func order() throws {
    let one = try state()
    let other = FirewallState(networks: one.networks.reversed(), ports: one.ports.reversed())
    #expect(rules(one) == rules(other))
  }

  @Test("a port that two containers claim stands in the rules once")
  func duplicate() throws {
    var both = try state()
    both = FirewallState(
      networks: both.networks,
      ports: both.ports + [
        PublishedPort(
          hostPort: 8080, containerPort: 81, containerAddresses: [IPAddress(10, 208, 0, 9)])
      ])
    #expect(rules(both).components(containing: "tcp . 8080 : 10.") == 1)
  }

  @Test("a table that is there is replaced, even if somebody removes it meanwhile")
  func replacement() throws {
    let renderer = FirewallRenderer(table: "roost", state: try state())
    #expect(renderer.script(replacing: false) == renderer.definition)
    #expect(
      renderer.script(replacing: true)
        == "add table inet roost\ndelete table inet roost\n" + renderer.definition)
  }

  @Test("each root but the default one has a table of its own")
  func tableNames() {
    #expect(FirewallRenderer.tableName(root: "/var/lib/roost", isDefault: true) == "roost")
    let one = FirewallRenderer.tableName(root: "/tmp/a", isDefault: false)
    #expect(one != FirewallRenderer.tableName(root: "/tmp/b", isDefault: false))
    #expect(one.utf8.count == 14)
  }

  @Test("UDP ports whose target changed are told from those that stay")
  func openUDPPorts() throws {
    let ports = Firewall.openUDPPorts(rules(try state()))
    #expect(ports.map(\.port) == [53])
    #expect(ports.map(\.target) == [": 10.208.0.3 . 5353"])
  }

  @Test("nft takes the rules, with and without ports", .needsRoot, .needs("nft"))
  func accepted() throws {
    let files = try TemporaryDirectory()
    let directory = files.path
    defer { try? NetworkNamespace.remove(at: "\(directory)/net") }
    let scripts = [
      rules(try state()), rules(FirewallState(networks: [try network("a", ["10.0.0.0/24"])])),
      rules(FirewallState(networks: [try network("a", ["fd00::/64"])])),
    ]
    let program = try #require(Spawn.find("nft"))
    for script in scripts {
      let output = try NetworkNamespace.create(at: "\(directory)/net") {
        () throws(SyscallError) -> CapturedOutput in
        try Spawn.capture(SpawnRequest(program, ["-f", "-"]), input: Array(script.utf8))
      }
      try NetworkNamespace.remove(at: "\(directory)/net")
      #expect(output.status.code == 0, "\(output.errorText)")
    }
  }
}

extension String {
  /// How many lines contain a text.
  func components(containing text: String) -> Int {
    split(separator: "\n").count { $0.contains(text) }
  }
}
