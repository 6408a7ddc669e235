import Compose
import Image
import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("How a container is connected", .timeLimit(.standard))
struct NetworkingResolutionTests {
  let sandbox: TestEngine
  let context: ContainerContext

  init() throws {
    sandbox = try TestEngine()
    context = sandbox.context()
  }

  private func resolve(
    _ asked: ContainerRequest
  ) throws -> (networking: ContainerNetworking, warnings: [String]) {
    var resolution = NetworkingResolution(asked, context)
    let networking = try resolution.resolve()
    return (networking, resolution.warnings.map(\.message))
  }

  @Test("a service without a word on networks is on the default one, under its own name")
  func defaultNetwork() throws {
    let (networking, warnings) = try resolve(request("ports: [\"8080:80\"]"))
    #expect(networking.mode == .networks)
    #expect(
      networking.attachments == [
        ContainerNetworking.Attachment(network: "p_default", aliases: ["web"])
      ])
    #expect(networking.ports.map(\.target) == [80])
    #expect(networking.hostname == identity("request").short)
    #expect(warnings == [])
  }

  @Test("networks are joined by priority, then by name, with addresses and aliases")
  func attachments() throws {
    let lines = """
      networks:
        b: {priority: 5, ipv4_address: 10.0.0.9, aliases: [www]}
        c:
        a:
      mac_address: 02:42:0a:00:00:09
      """
    let (networking, _) = try resolve(request(lines, "networks: {a: , b: {name: full}, c: }\n"))
    #expect(networking.attachments.map(\.network) == ["full", "p_a", "p_c"])
    #expect(networking.attachments.map(\.aliases) == [["web", "www"], ["web"], ["web"]])
    #expect(networking.attachments.map(\.addresses) == [["10.0.0.9"], [], []])
    #expect(networking.attachments.map(\.macAddress) == ["02:42:0a:00:00:09", nil, nil])
  }

  @Test("a container of run is found under no name unless asked for")
  func withoutAliases() throws {
    var asked = try request("networks: {default: {aliases: [www]}}")
    asked.usesAliases = false
    #expect(try resolve(asked).networking.attachments.map(\.aliases) == [[]])
  }

  @Test(
    "what would be another line of /etc/hosts or /etc/resolv.conf is refused",
    arguments: [
      #"hostname: "a\n6.6.6.6 bank.example""#, #"domainname: "a\r6.6.6.6 bank.example""#,
      #"extra_hosts: ["a\n6.6.6.6 bank.example=1.2.3.4"]"#,
      #"dns_search: ["a\nnameserver 6.6.6.6"]"#, #"dns_opt: ["a\nnameserver 6.6.6.6"]"#,
    ])
  func furtherLines(lines: String) throws {
    let asked = try request(lines)
    let error = #expect(throws: EngineError.self) { try resolve(asked) }
    #expect(error?.description.contains("has a control character in it") == true)
  }

  static let modes: [(String, ContainerNetworking.Mode)] = [
    ("network_mode: none", .none), ("network_mode: host", .host),
  ]

  @Test(
    "without a network of its own a container publishes nothing, and that is told", arguments: modes
  )
  func withoutNetwork(lines: String, mode: ContainerNetworking.Mode) throws {
    let (networking, warnings) = try resolve(request("\(lines)\nports: [\"8080:80\"]"))
    #expect(networking.mode == mode)
    #expect(networking.attachments == [] && networking.ports == [])
    #expect(
      warnings == [
        "`ports` have no effect: the container has no network of its own on a bridge"
      ])
  }

  @Test("the network of another container is found by its service or name")
  func shared() throws {
    let owner = containerRecord("db")
    try context.containers.create(owner, containerSpec(owner))
    #expect(
      try resolve(request("network_mode: \"container:p-db-1\"")).networking.mode
        == .container(owner.id))
    #expect(throws: EngineError.self) {
      try resolve(request("network_mode: \"container:none\""))
    }
  }

  @Test(
    "ports of the image are exposed beside the service's",
    arguments: [
      ("80/tcp", 80...80, "tcp"), ("53/udp", 53...53, "udp"), ("9000-9010", 9000...9010, "tcp"),
    ] as [(String, ClosedRange<UInt16>, String)])
  func exposed(text: String, ports: ClosedRange<UInt16>, transport: String) throws {
    let (networking, _) = try resolve(
      request("expose: [\"81\"]", image: image { $0.exposedPorts = [text] }))
    #expect(networking.exposed.map(\.ports) == [81...81, ports])
    #expect(networking.exposed.last?.protocol.rawValue == transport)
  }

  @Test("what is no port is not exposed", arguments: ["", "x", "90-80", "70000", "80/abc"])
  func notExposed(text: String) {
    #expect(NetworkingResolution.exposedPort(text) == nil)
  }
}
