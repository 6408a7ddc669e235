import Glibc
import Linux
import State
import TestSupport
import Testing

@testable import Runtime

@Suite("Limits as cgroups take them", .timeLimit(.standard))
struct CgroupSettingsTests {
  typealias Change = @Sendable (inout CgroupSpec) -> Void

  /// A spec, and what is written on cgroup v1 and on v2.
  static let cases: [(change: Change, legacy: [String], unified: [String])] = [
    ({ _ in }, [], []),
    (
      { $0.memory = 1 << 20 },
      ["memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=2097152"],
      ["memory.max=1048576", "memory.swap.max=1048576"]
    ),
    (
      {
        $0.memory = 1 << 20
        $0.memorySwap = -1
      },
      ["memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=-1"],
      ["memory.max=1048576", "memory.swap.max=max"]
    ),
    (
      {
        $0.memory = 1 << 20
        $0.memorySwap = 1 << 20
      },
      ["memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=1048576"],
      ["memory.max=1048576", "memory.swap.max=0"]
    ),
    (
      { $0.memoryReservation = 4096 }, ["memory.soft_limit_in_bytes=4096"], ["memory.low=4096"]
    ),
    (
      { $0.cpuQuota = 50_000 }, ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000"],
      ["cpu.max=50000 100000"]
    ),
    (
      { $0.cpuPeriod = 20_000 }, ["cpu.cfs_period_us=20000", "cpu.cfs_quota_us=-1"],
      ["cpu.max=max 20000"]
    ),
    ({ $0.cpuShares = 1024 }, ["cpu.shares=1024"], ["cpu.weight=39"]),
    ({ $0.pids = 100 }, ["pids.max=100"], ["pids.max=100"]),
    ({ $0.pids = -1 }, ["pids.max=max"], ["pids.max=max"]),
    ({ $0.pids = 0 }, ["pids.max=max"], ["pids.max=max"]),
    ({ $0.pids = 5_000_000 }, ["pids.max=max"], ["pids.max=max"]),
    ({ $0.blockWeight = 300 }, ["blkio.bfq.weight=300"], ["io.bfq.weight=300"]),
    (
      {
        $0.realtimeRuntime = 5000
        $0.realtimePeriod = 100_000
      },
      ["cpu.rt_period_us=100000", "cpu.rt_runtime_us=5000"], []
    ),
    ({ $0.cpusetProcessors = "0-1" }, [], ["cpuset.cpus=0-1"]),
    ({ $0.cpusetMemoryNodes = "0" }, [], ["cpuset.mems=0"]),
    ({ $0.memorySwappiness = 0 }, ["memory.swappiness=0"], []),
    ({ $0.oomKillDisable = true }, ["memory.oom_control=1"], []),
  ]

  @Test("each limit has its file on both versions", arguments: cases.indices)
  func settings(index: Int) throws {
    var spec = CgroupSpec(path: "roost/test")
    Self.cases[index].change(&spec)
    func texts(_ settings: [CgroupSetting]) -> [String] {
      settings.map { "\($0.file)=\($0.value)" }
    }
    #expect(try texts(CgroupSettings.legacy(spec)) == Self.cases[index].legacy)
    #expect(try texts(CgroupSettings.unified(spec)) == Self.cases[index].unified)
  }

  @Test(
    "shares keep their place on the scale of weights",
    arguments: [(0, 1), (2, 1), (1024, 39), (262_144, 10_000), (999_999, 10_000)])
  func weight(shares: Int64, weight: Int64) {
    #expect(CgroupSettings.weight(shares: shares) == weight)
  }

  @Test(
    "weights of block devices have another scale where their scheduler is missing",
    arguments: [(10, "default 1"), (500, "default 4950"), (1000, "default 10000")])
  func substitutes(weight: Int64, value: String) throws {
    var spec = CgroupSpec(path: "roost/test")
    spec.blockWeight = weight
    #expect(
      try CgroupSettings.unified(spec).map(\.substitute) == [.init(file: "io.weight", value: value)]
    )
    #expect(
      try CgroupSettings.legacy(spec).map(\.substitute) == [
        .init(file: "blkio.weight", value: "\(weight)")
      ])
  }

  @Test("a limit larger than half of all numbers does not crash")
  func hugeMemory() throws {
    var spec = CgroupSpec(path: "roost/test")
    spec.memory = .max
    for settings in [try CgroupSettings.legacy(spec), try CgroupSettings.unified(spec)] {
      #expect(settings.first?.value == "\(Int64.max)")
    }
  }

  @Test("a limit on what is no block device is refused: it would limit nothing")
  func noDevice() {
    for (device, errno) in [("/dev/null", ENOTBLK), ("/dev/not-there", ENOENT)] {
      var spec = CgroupSpec(path: "roost/test")
      spec.blockLimits = [BlockLimit(kind: .readBytes, device: device, rate: 1)]
      let expected = SyscallError(
        errno == ENOTBLK ? "blkio_config" : "stat", path: device, errno: errno)
      #expect(throws: expected) { try CgroupSettings.legacy(spec) }
      #expect(throws: expected) { try CgroupSettings.unified(spec) }
    }
  }
}
