import Compose
import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("Records on disk", .timeLimit(.standard))
struct RecordTests {
  /// A record in which nothing has its default.
  static func full() -> ContainerRecord {
    var record = containerRecord("web", 3)
    record.isOneOff = true
    record.configuration = #"{"image":"web"}"#
    record.replaces = identity("old")
    record.finalName = "p-web-3"
    record.labels = ["b": "2", "a": "1", "empty": ""]
    record.command = ["sh", "-c", "echo \"ü\"\n", ""]
    record.restart = RestartSettings(
      .onFailure(maximum: 3), delay: .milliseconds(1500), window: .seconds(60))
    var check = HealthcheckRecord(command: ["CMD", "true"])
    check.interval = .milliseconds(250)
    check.timeout = .seconds(3)
    check.retries = 7
    check.startPeriod = .seconds(8)
    check.startInterval = .seconds(1)
    record.healthcheck = check
    record.stopSignal = 3
    record.stopGracePeriod = .seconds(90)
    record.terminal = true
    record.openStdin = true
    record.attach = false
    record.networking = networking
    record.mounts = [
      MountRecord(.volume, source: "p_data", target: "/d", readOnly: true, anonymous: true),
      MountRecord(.bind, source: "/srv", target: "/s"),
      MountRecord(.tmpfs, source: "", target: "/t"),
      MountRecord(.image, source: "site", target: "/i", readOnly: true),
    ]
    record.dependencies = [
      Dependency(service: "db", condition: .healthy, restart: true, required: false),
      Dependency(service: "job", condition: .completed), Dependency(service: "x"),
    ]
    var hook = Hook(command: ["./warm-up"])
    hook.user = "root"
    hook.privileged = true
    hook.workingDirectory = "/app"
    hook.environment = ["SET": "1", "EMPTY": "", "INHERITED": nil]
    record.postStart = [hook]
    record.preStop = [Hook(command: ["./drain"])]
    record.removeOnExit = true
    return record
  }

  static var networking: ContainerNetworking {
    var networking = ContainerNetworking()
    networking.mode = .container(identity("owner"))
    networking.attachments = [
      ContainerNetworking.Attachment(
        network: "p_front", aliases: ["web", "www"], addresses: ["10.0.0.9", "fd00::9"],
        macAddress: "02:42:0a:00:00:09", interfaceName: "lan", gatewayPriority: -2),
      ContainerNetworking.Attachment(network: "p_back"),
    ]
    networking.ports = [
      PortMapping(
        target: 80, published: .range(8080...8085), hostIP: "127.0.0.1", protocol: .udp),
      PortMapping(target: 81),
    ]
    networking.exposed = [ExposedPort(ports: 9000...9010, protocol: .tcp)]
    networking.hostname = "box"
    networking.domainName = "example.org"
    networking.extraHosts = [ExtraHost(name: "gate", address: "10.0.0.1")]
    networking.links = [Link(target: "db", alias: "database")]
    networking.dns = ["1.1.1.1"]
    networking.dnsSearch = ["example.org"]
    networking.dnsOptions = ["ndots:2"]
    return networking
  }

  private static let file = RecordSource.file("container.json")

  private static func read(_ json: JSON) throws -> ContainerRecord {
    try ContainerRecord(json: json, of: file)
  }

  @Test("a container's record with everything in it reads back")
  func fullRecord() throws {
    let text = Self.full().json.text()
    #expect(try Self.read(JSON.parse(text)) == Self.full())
  }

  @Test("a container's record with nothing in it reads back, and is short")
  func plainRecord() throws {
    let plain = containerRecord("web")
    let text = plain.json.text()
    #expect(try Self.read(JSON.parse(text)) == plain)
    for key in ["labels", "healthcheck", "mounts", "restart", "replaces"] {
      #expect(!text.contains("\"\(key)\""))
    }
  }

  @Test("the order of labels is kept")
  func labelOrder() throws {
    let read = try Self.read(JSON.parse(Self.full().json.text()))
    #expect(read.labels.keys == ["b", "a", "empty"])
  }

  static let networkModes: [ContainerNetworking.Mode] = [
    .networks, .none, .host, .container(identity("x")),
  ]

  @Test("each mode of a network reads back", arguments: networkModes)
  func mode(mode: ContainerNetworking.Mode) {
    #expect(ContainerNetworking.Mode(text: mode.text) == mode)
  }

  static let policies: [RestartPolicy] = [
    .no, .always, .unlessStopped, .onFailure(maximum: nil), .onFailure(maximum: 3),
  ]

  @Test("each restart policy reads back", arguments: policies)
  func restart(policy: RestartPolicy) throws {
    var record = containerRecord("a")
    record.restart = RestartSettings(policy)
    #expect(try Self.read(JSON.parse(record.json.text())).restart.policy == policy)
  }

  @Test(
    "a record that lacks what every record has is an error that names it",
    arguments: ["id", "name", "project", "service", "number", "created"])
  func missing(key: String) throws {
    var object = try #require(containerRecord("a").json.objectValue)
    object[key] = nil
    #expect(throws: RecordError(Self.file, .malformed(member: key, reason: "is missing"))) {
      try Self.read(.object(object))
    }
    object[key] = .bool(true)
    #expect(throws: RecordError.self) { try Self.read(.object(object)) }
  }

  @Test("the log prefix of a container leaves its project's name out")
  func label() {
    var record = containerRecord("web", 2)
    #expect(record.label == "web-2")
    record.name = "p_web_2"
    #expect(record.label == "web_2")
    record.name = "frontend"
    #expect(record.label == "frontend")
    record.name = "pweb"
    #expect(record.label == "pweb")
  }

  @Test("containers are kept, found and forgotten by the store")
  func store() throws {
    let sandbox = try TestEngine()
    let store = ContainerStore(layout: sandbox.layout)
    let first = containerRecord("web", 1)
    var foreign = containerRecord("db")
    foreign.project = "q"
    try store.create(first, containerSpec(first))
    try store.create(foreign, containerSpec(foreign))
    #expect(try store.record(first.id) == first)
    #expect(try store.containers(of: "p") == [first])
    #expect(try Set(store.all()) == [first, foreign])
    try store.remove(first.id)
    #expect(try store.record(first.id) == nil)
    #expect(try store.all() == [foreign])
  }

  @Test("volumes are kept, found and forgotten by the store")
  func volumes() throws {
    let sandbox = try TestEngine()
    let store = VolumeStore(layout: sandbox.layout)
    var volume = VolumeRecord(name: "p_data", created: Timestamp(seconds: 1_700_000_000))
    volume.project = "p"
    volume.key = "data"
    volume.labels = ["a": "b"]
    volume.configHash = "hash"
    try store.create(volume)
    #expect(try store.find("p_data") == volume)
    #expect(try store.all() == [volume])
    try store.remove("p_data")
    #expect(try store.find("p_data") == nil)
  }
}
