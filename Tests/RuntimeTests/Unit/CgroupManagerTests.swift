import Glibc
import Linux
import State
import TestSupport
import Testing

@testable import Runtime

/// A directory laid out as the kernel lays out /sys/fs/cgroup. Needs no root.
private final class FakeCgroups {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  var root: String { directory.path }

  /// Makes files with their content; directories come along.
  func write(_ files: [String: String]) throws {
    for (name, text) in files { try directory.write(name, text) }
  }

  func text(_ name: String) throws -> String { try Files.readText("\(root)/\(name)") }

  /// One hierarchy, with a container's cgroup that has these files.
  func unified(_ files: [String: String] = [:]) throws -> CgroupManager {
    let controllers = "cpuset cpu io memory pids\n"
    try write([
      "cgroup.controllers": controllers, "cgroup.subtree_control": "memory pids\n",
      "roost/cgroup.controllers": controllers, "roost/cgroup.subtree_control": "\n",
    ])
    try Files.makeDirectories("\(root)/roost/one")
    for (name, text) in files { try write(["roost/one/\(name)": text]) }
    return CgroupManager(root: root)
  }

  /// A hierarchy for each controller, `cpu` and `cpuacct` mounted together.
  func legacy(_ files: [String: String] = [:]) throws -> CgroupManager {
    for controller in ["cpu,cpuacct", "memory", "pids", "devices", "freezer", "cpuset", "blkio"] {
      try write(["\(controller)/cgroup.procs": ""])
    }
    for name in ["cpu", "cpuacct"] { try Files.link("\(root)/\(name)", to: "cpu,cpuacct") }
    try write(files)
    return CgroupManager(root: root)
  }
}

@Suite("Cgroups, version 2", .timeLimit(.standard))
struct UnifiedCgroupTests {
  private let fake: FakeCgroups

  init() throws { fake = try FakeCgroups() }

  private func spec(_ change: (inout CgroupSpec) -> Void = { _ in }) -> CgroupSpec {
    var spec = CgroupSpec(path: "roost/one")
    change(&spec)
    return spec
  }

  @Test("is recognised by the list of controllers at its top")
  func recognised() throws {
    let manager = try fake.unified()
    #expect(manager.directories("roost/one") == ["\(fake.root)/roost/one"])
    #expect(manager.directory("roost/one", controller: "pids") == "\(fake.root)/roost/one")
  }

  @Test("limits are written to the container's directory")
  func limits() throws {
    let manager = try fake.unified(["memory.max": "max", "memory.swap.max": "max", "pids.max": ""])
    let warnings = try manager.create(
      spec {
        $0.memory = 4096
        $0.pids = 7
      }, devices: nil)
    #expect(warnings == [])
    #expect(try fake.text("roost/one/memory.max") == "4096")
    #expect(try fake.text("roost/one/memory.swap.max") == "4096")
    #expect(try fake.text("roost/one/pids.max") == "7")
  }

  @Test("each level above hands down the controllers that it does not hand down yet")
  func controllers() throws {
    _ = try fake.unified().create(spec(), devices: nil)
    #expect(try fake.text("cgroup.subtree_control") == "+cpu +cpuset +io")
    #expect(
      try fake.text("roost/cgroup.subtree_control") == "+cpu +cpuset +io +memory +pids")
    #expect(!Files.exists("\(fake.root)/roost/one/cgroup.subtree_control"))
  }

  @Test("memory that cannot be doubled leaves what can be counted to swap")
  func hugeMemory() throws {
    let manager = try fake.unified(["memory.max": "", "memory.swap.max": ""])
    _ = try manager.create(spec { $0.memory = .max - 1 }, devices: nil)
    #expect(try fake.text("roost/one/memory.swap.max") == "1")
  }

  @Test("a controller that the machine lacks is not asked for")
  func missingController() throws {
    let manager = try fake.unified()
    try fake.write([
      "cgroup.controllers": "cpu pids\n", "roost/cgroup.controllers": "cpu pids\n",
      "cgroup.subtree_control": "cpu pids\n",
    ])
    _ = try manager.create(spec(), devices: nil)
    #expect(try fake.text("cgroup.subtree_control") == "cpu pids\n")
    #expect(try fake.text("roost/cgroup.subtree_control") == "+cpu +pids")
  }

  @Test("a limit that the kernel does not know is told by the name of its file")
  func unknownLimit() throws {
    let warnings = try fake.unified().create(spec { $0.blockWeight = 100 }, devices: nil)
    #expect(
      warnings == ["this host's kernel has no io.bfq.weight: the limit is not applied"])
  }

  @Test("each warning leads to the keys of a service that ask for the limit")
  func keysOfWarnings() throws {
    let limits = spec { spec in
      spec.memory = 4096
      spec.memorySwap = 8192
      spec.memoryReservation = 2048
      spec.cpuQuota = 1000
      spec.cpuShares = 2
      spec.cpusetProcessors = "0"
      spec.pids = 7
      spec.blockWeight = 100
      spec.memorySwappiness = 5
    }
    // A machine that has no file of any controller.
    for manager in [try FakeCgroups().unified(), try FakeCgroups().legacy()] {
      let warnings = (try? manager.create(limits, devices: nil)) ?? []
      for warning in warnings { #expect(!MissingLimit.keys(of: warning).isEmpty, "\(warning)") }
    }
    let files = try CgroupSettings.unified(limits) + CgroupSettings.legacy(limits)
    #expect(files.count > 12)
    for file in files.map(\.file) {
      let keys = MissingLimit.keys(of: MissingLimit.warning(of: file))
      #expect(!keys.isEmpty, "\(file)")
    }
    #expect(MissingLimit.keys(of: MissingLimit.legacyOnly).contains("oom_kill_disable"))
    #expect(MissingLimit.keys(of: "something else") == [])
  }

  @Test("what only version 1 knows is told to be ignored")
  func legacyOnly() throws {
    let warnings = try fake.unified().create(spec { $0.memorySwappiness = 5 }, devices: nil)
    #expect(
      warnings == ["cgroup v2 has neither swappiness nor oom_kill_disable: both are ignored"])
  }

  @Test("a process joins by the directory's descriptor")
  func membership() throws {
    let manager = try fake.unified()
    guard case .descriptor(let descriptor) = try manager.membership("roost/one") else {
      Issue.record("files were to be written")
      return
    }
    #expect(
      try Files.readLink("/proc/self/fd/\(descriptor.raw)")
        == Files.realPath(
          "\(fake.root)/roost/one"))
  }

  @Test("members are listed in order, and killed all at once")
  func members() throws {
    let manager = try fake.unified(["cgroup.procs": "12\n7\n", "cgroup.kill": ""])
    #expect(manager.processes("roost/one") == [7, 12])
    manager.signalAll("roost/one", SIGKILL)
    #expect(try fake.text("roost/one/cgroup.kill") == "1")
  }

  @Test(
    "pausing waits until the kernel says that everything stands still", arguments: [true, false])
  func freeze(frozen: Bool) throws {
    let manager = try fake.unified([
      "cgroup.freeze": frozen ? "0\n" : "1\n",
      "cgroup.events": "populated 1\nfrozen \(frozen ? 1 : 0)\n",
    ])
    if frozen { try manager.freeze("roost/one") } else { try manager.thaw("roost/one") }
    #expect(try fake.text("roost/one/cgroup.freeze").first == (frozen ? "1" : "0"))
    #expect(manager.isFrozen("roost/one") == frozen)
  }

  @Test("what a container uses is read off the kernel's files")
  func statistics() throws {
    let manager = try fake.unified([
      "cpu.stat": "usage_usec 1500\nuser_usec 1000\n", "memory.current": "1000\n",
      "memory.stat": "anon 700\ninactive_file 300\n", "memory.max": "4096\n",
      "pids.current": "3\n",
      "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=2\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
      "memory.events": "low 0\noom 2\noom_kill 1\n",
    ])
    let used = manager.statistics("roost/one")
    #expect(used.processorNanoseconds == 1_500_000)
    #expect(used.memory == 700)
    #expect(used.memoryLimit == 4096)
    #expect(used.processes == 3)
    #expect(used.blockRead == 11 && used.blockWritten == 22)
    #expect(manager.oomKills("roost/one") == 1)
  }

  @Test("no limit is no number")
  func noLimit() throws {
    let manager = try fake.unified(["memory.max": "max\n"])
    #expect(manager.statistics("roost/one").memoryLimit == nil)
  }

  @Test("removing takes the cgroups inside along, and the shared directory with the last")
  func remove() throws {
    let manager = CgroupManager(root: fake.root)
    try fake.write(["cgroup.controllers": ""])
    let unified = CgroupManager(root: fake.root)
    for name in ["one", "two"] { try Files.makeDirectories("\(fake.root)/roost/\(name)") }
    try unified.remove("roost/one")
    #expect(!Files.exists("\(fake.root)/roost/one"))
    #expect(Files.exists("\(fake.root)/roost"))
    try unified.remove("roost/two")
    #expect(!Files.exists("\(fake.root)/roost"))
    try unified.remove("roost/two")
    #expect(manager.directories("roost/one") == [], "nothing was there when it looked")
  }

  @Test("a container sees its own cgroup as the whole tree")
  func view() throws {
    let views = try fake.unified().views("roost/one")
    #expect(
      views == [
        CgroupManager.View(name: "", aliases: [], directory: "\(fake.root)/roost/one")
      ])
  }
}

@Suite("Cgroups, version 1", .timeLimit(.standard))
struct LegacyCgroupTests {
  private let fake: FakeCgroups

  init() throws { fake = try FakeCgroups() }

  @Test("controllers that are mounted together share a directory")
  func recognised() throws {
    let manager = try fake.legacy()
    #expect(
      manager.directory("roost/one", controller: "cpuacct")
        == "\(fake.root)/cpu,cpuacct/roost/one")
    let directories = manager.directories("roost/one").filter { $0.contains("cpu,") }
    #expect(directories == ["\(fake.root)/cpu,cpuacct/roost/one"])
    #expect(manager.directory("roost/one", controller: "rdma") == nil)
  }

  @Test("limits go to the directory of their controller")
  func limits() throws {
    let manager = try fake.legacy([
      "memory/roost/one/memory.limit_in_bytes": "", "cpu,cpuacct/roost/one/cpu.cfs_period_us": "",
      "cpu,cpuacct/roost/one/cpu.cfs_quota_us": "",
    ])
    var spec = CgroupSpec(path: "roost/one")
    spec.memory = 4096
    spec.cpuQuota = 25_000
    // The kernel was booted without accounting of swap.
    #expect(
      try manager.create(spec, devices: nil) == [
        "this host's kernel has no memory.memsw.limit_in_bytes: the limit is not applied"
      ])
    #expect(try fake.text("memory/roost/one/memory.limit_in_bytes") == "4096")
    #expect(try fake.text("cpu,cpuacct/roost/one/cpu.cfs_quota_us") == "25000")
    #expect(Files.isDirectory("\(fake.root)/pids/roost/one"))
    #expect(!Files.exists("\(fake.root)/blkio/roost/one"), "it is not limited")
  }

  @Test("an empty set of processors is filled from above, level by level")
  func processorSet() throws {
    let manager = try fake.legacy([
      "cpuset/cpuset.cpus": "0-3\n", "cpuset/cpuset.mems": "0\n",
      "cpuset/roost/cpuset.cpus": "", "cpuset/roost/cpuset.mems": "",
      "cpuset/roost/one/cpuset.cpus": "", "cpuset/roost/one/cpuset.mems": "",
    ])
    var spec = CgroupSpec(path: "roost/one")
    spec.cpusetProcessors = "1"
    #expect(try manager.create(spec, devices: nil) == [])
    #expect(try fake.text("cpuset/roost/cpuset.cpus") == "0-3\n")
    #expect(try fake.text("cpuset/roost/one/cpuset.cpus") == "1")
    #expect(try fake.text("cpuset/roost/one/cpuset.mems") == "0\n")
  }

  @Test("a process joins by writing into each of its directories that exist")
  func membership() throws {
    let manager = try fake.legacy(["pids/roost/one/tasks": "", "memory/roost/one/tasks": ""])
    let membership = try manager.membership("roost/one")
    guard case .files(let files) = membership else {
      Issue.record("a descriptor was given")
      return
    }
    #expect(
      files == ["\(fake.root)/memory/roost/one/tasks", "\(fake.root)/pids/roost/one/tasks"])
    try CgroupManager.join(membership)
    #expect(try fake.text("pids/roost/one/tasks") == "0")
  }

  @Test("what a container uses is read off the kernel's files")
  func statistics() throws {
    let manager = try fake.legacy([
      "cpu,cpuacct/roost/one/cpuacct.usage": "1500\n",
      "memory/roost/one/memory.usage_in_bytes": "1000\n",
      "memory/roost/one/memory.stat": "cache 1\ntotal_inactive_file 300\n",
      "memory/roost/one/memory.limit_in_bytes": "9223372036854771712\n",
      "memory/roost/one/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
      "pids/roost/one/pids.current": "3\n",
      "blkio/roost/one/blkio.throttle.io_service_bytes":
        "8:0 Read 10\n8:0 Write 20\n8:16 Read 1\nTotal 31\n",
    ])
    let used = manager.statistics("roost/one")
    #expect(used.processorNanoseconds == 1500)
    #expect(used.memory == 700)
    #expect(used.memoryLimit == nil, "the largest number of pages is no limit")
    #expect(used.processes == 3)
    #expect(used.blockRead == 11 && used.blockWritten == 20)
    #expect(manager.oomKills("roost/one") == 2)
  }

  @Test("a container sees each controller under its names")
  func views() throws {
    let manager = try fake.legacy([
      "cpu,cpuacct/roost/one/tasks": "", "pids/roost/one/tasks": "",
    ])
    #expect(
      manager.views("roost/one").map { "\($0.name) \($0.aliases)" } == [
        #"cpu,cpuacct ["cpu", "cpuacct"]"#, "pids []",
      ])
  }
}
