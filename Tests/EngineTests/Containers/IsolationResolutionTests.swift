import Compose
import Model
import Runtime
import State
import TestSupport
import Testing

@testable import Engine

@Suite("How a container is shut off", .timeLimit(.standard))
struct IsolationResolutionTests {
  let sandbox: TestEngine
  let context: ContainerContext

  init() throws {
    sandbox = try TestEngine()
    context = sandbox.context()
  }

  /// The spec and the warnings of a service with these lines.
  private func resolve(
    _ lines: String, mode: ContainerNetworking.Mode = .networks
  ) throws -> (spec: ContainerSpec, warnings: [String]) {
    let asked = try request(lines)
    var resolution = IsolationResolution(asked, context)
    var spec = ContainerSpec(
      id: asked.id, hostname: "box", rootFilesystem: RootFilesystem(lowerDirectories: ["/"]),
      process: ProcessSpec(arguments: ["true"]))
    try resolution.apply(to: &spec, networkMode: mode)
    return (spec, resolution.warnings.map(\.message))
  }

  private func failures(_ lines: String) throws -> [String] {
    do {
      _ = try resolve(lines)
      return []
    } catch let error as EngineError {
      return error.diagnostics.map { "\($0.location?.line ?? 0): \($0.message)" }
    }
  }

  private func capability(_ name: String) throws -> CapabilitySet {
    try #require(CapabilitySet(name: name))
  }

  @Test("a plain container has Docker's capabilities, a filter, and namespaces of its own")
  func plain() throws {
    let spec = try resolve("").spec
    #expect(spec.process.capabilities == .dockerDefault)
    #expect(spec.seccomp != nil)
    #expect(spec.maskedPaths == ContainerSpec.defaultMaskedPaths)
    let namespaces = spec.namespaces
    #expect(
      [namespaces.ipc, namespaces.pid, namespaces.uts, namespaces.cgroup, namespaces.user]
        == Array(repeating: .private, count: 5))
    #expect(
      namespaces.network == .path(sandbox.layout.container(spec.id).networkNamespace))
    #expect(spec.cgroup == CgroupSpec(path: "roost/\(spec.id.hex)"))
    #expect(spec.shmSize == 64 << 20)
  }

  @Test("a privileged one has every capability, no filter, and the host's user namespace")
  func privileged() throws {
    let spec = try resolve("privileged: true").spec
    #expect(spec.privileged)
    #expect(spec.process.capabilities == .all)
    #expect(spec.seccomp == nil)
    #expect(spec.namespaces.user == .host)
  }

  @Test("capabilities are added and dropped by name, in any spelling")
  func capabilities() throws {
    let spec = try resolve("cap_drop: [ALL]\ncap_add: [net_bind_service, CAP_CHOWN]").spec
    let expected = try capability("NET_BIND_SERVICE").union(capability("CHOWN"))
    #expect(spec.process.capabilities == expected)
    #expect(
      try failures("cap_add: [SYS_ADMINN]").first?.hasPrefix("5: ") == true)
  }

  /// Lines of a service, and the user namespace that it runs in.
  static let userNamespaces: [(String, ContainerNetworking.Mode, Namespaces.Source)] = [
    ("cap_add: [NET_ADMIN]", .networks, .private),
    ("cap_add: [SYS_MODULE]", .networks, .host),
    ("userns_mode: host", .networks, .host),
    ("pid: host", .networks, .host),
    ("ipc: host", .networks, .host),
    ("network_mode: host", .host, .host),
    ("devices: [/dev/null]", .networks, .host),
    ("", .container(identity("owner")), .container(identity("owner"))),
  ]

  @Test(
    "the user namespace is its own unless that would take away what was asked for",
    arguments: userNamespaces)
  func userNamespace(
    lines: String, mode: ContainerNetworking.Mode, expected: Namespaces.Source
  ) throws {
    #expect(try resolve(lines, mode: mode).spec.namespaces.user == expected)
  }

  @Test("the network is the container's own, the host's, or another container's")
  func network() throws {
    let owner = identity("owner")
    #expect(try resolve("", mode: .host).spec.namespaces.network == .host)
    #expect(
      try resolve("", mode: .container(owner)).spec.namespaces.network
        == .path(sandbox.layout.container(owner).networkNamespace))
  }

  @Test("security options do what they say, or are told to have no effect")
  func securityOptions() throws {
    let spec = try resolve(
      "security_opt: [no-new-privileges, systempaths=unconfined, seccomp=unconfined]"
    ).spec
    #expect(spec.process.noNewPrivileges)
    #expect(spec.maskedPaths == [] && spec.readOnlyPaths == [])
    #expect(spec.seccomp == nil)
    let (_, warnings) = try resolve("security_opt: [apparmor=mine]")
    #expect(
      warnings == ["AppArmor profile mine has no effect: roost does not load profiles"])
    #expect(try resolve("security_opt: [apparmor=unconfined]").warnings == [])
  }

  /// Lines of a service, and what they mean for its cgroup.
  static let limits: [(String, @Sendable (inout CgroupSpec) -> Void)] = [
    ("mem_limit: 64m", { $0.memory = 64 << 20 }),
    (
      "mem_limit: 64m\nmemswap_limit: -1",
      {
        $0.memory = 64 << 20
        $0.memorySwap = -1
      }
    ),
    (
      "mem_limit: 64m\nmemswap_limit: 96m",
      {
        $0.memory = 64 << 20
        $0.memorySwap = 96 << 20
      }
    ),
    (
      "cpus: 1.5",
      {
        $0.cpuPeriod = 100_000
        $0.cpuQuota = 150_000
      }
    ),
    (
      "cpus: 0.57",
      {
        $0.cpuPeriod = 100_000
        $0.cpuQuota = 57_000
      }
    ),
    (
      "cpu_period: 50000\ncpu_quota: 25000",
      {
        $0.cpuPeriod = 50_000
        $0.cpuQuota = 25_000
      }
    ),
    ("cpu_shares: 512", { $0.cpuShares = 512 }),
    ("cpuset: 0-1", { $0.cpusetProcessors = "0-1" }),
    ("pids_limit: 100", { $0.pids = 100 }), ("pids_limit: -1", { $0.pids = -1 }),
    ("pids_limit: 0", { _ in }),
    ("mem_reservation: 32m", { $0.memoryReservation = 32 << 20 }),
    (
      "blkio_config: {weight: 300, device_read_bps: [{path: /dev/sda, rate: 1mb}]}",
      {
        $0.blockWeight = 300
        $0.blockLimits = [BlockLimit(kind: .readBytes, device: "/dev/sda", rate: 1 << 20)]
      }
    ),
    (
      "deploy: {resources: {limits: {cpus: '0.5', memory: 1g, pids: 7}}}",
      {
        $0.cpuPeriod = 100_000
        $0.cpuQuota = 50_000
        $0.memory = 1 << 30
        $0.pids = 7
      }
    ),
  ]

  @Test("limits mean what they mean in Docker", arguments: limits.indices)
  func limit(index: Int) throws {
    let (lines, change) = Self.limits[index]
    let spec = try resolve(lines).spec
    var expected = CgroupSpec(path: CgroupSpec.standardPath(spec.id))
    change(&expected)
    #expect(spec.cgroup == expected, "\(lines)")
  }

  @Test("limits beyond all measure are as good as the largest that can be counted")
  func hugeLimits() throws {
    #expect(try resolve("cpus: 1e30").spec.cgroup.cpuQuota == 100_000_000_000)
  }

  @Test("resource limits are set by name, unlimited ones too")
  func ulimits() throws {
    let spec = try resolve("ulimits: {nofile: {soft: 100, hard: 200}, memlock: -1}").spec
    let limits = spec.process.rlimits.sorted { $0.name < $1.name }
    #expect(
      limits == [
        ResourceLimit("memlock", soft: nil, hard: nil),
        ResourceLimit("nofile", soft: 100, hard: 200),
      ])
    #expect(try failures("ulimits: {nofiles: 5}") == ["5: there is no resource limit nofiles"])
  }

  @Test("a device must be there")
  func devices() throws {
    let spec = try resolve("devices: [\"/dev/null:/dev/nothing:r\"]").spec
    #expect(
      spec.devices == [
        DeviceSpec(hostPath: "/dev/null", containerPath: "/dev/nothing", permissions: "r")
      ])
    #expect(
      try failures("devices: [/dev/roost-none]") == ["5: device /dev/roost-none does not exist"])
  }

  @Test("a namespace of a container that is not there is refused")
  func missingOwner() throws {
    #expect(
      try failures("pid: \"container:none\"") == ["5: there is no container none"])
    let owner = containerRecord("db")
    try context.containers.create(owner, containerSpec(owner))
    #expect(
      try resolve("pid: \"container:p-db-1\"").spec.namespaces.pid == .container(owner.id))
  }
}
