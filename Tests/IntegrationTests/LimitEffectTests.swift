import Glibc
import Linux
import Model
import TestSupport
import Testing

/// What keys about limits do, seen at the cgroup or from inside.
@Suite("What limits do", .timeLimit(.standard), .needsRoot, .serialized)
struct LimitEffectTests {
  private func with(_ lines: String, _ body: (Sandbox, Int32) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let keys = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
      try box.compose(
        "services:\n  a:\n    image: busybox\n    network_mode: none\n    init: true\n"
          + "    command: [sleep, infinity]\n\(keys)")
      try box.up("up", "-d")
      let id = try box.up("ps", "-q", "a").output.split(separator: "\n")[0]
      let shown = try JSON.parse(box.up("container", "inspect", String(id)).output)
      let state = (shown.arrayValue?.first ?? shown)["State"]
      try body(box, Int32(state?["Pid"]?.intValue ?? 0))
    }
  }

  /// Whether there is version 2 of cgroups alone.
  private let isUnified = Files.exists("/sys/fs/cgroup/cgroup.controllers")

  /// The directory of a process's cgroup; nil where version 1 has no such controller.
  private func directory(_ pid: Int32, _ controller: String) throws -> String? {
    if isUnified {
      let line = try Files.readText("/proc/\(pid)/cgroup").trimmedLine
      return "/sys/fs/cgroup\(line.dropFirst("0::".count))"
    }
    for line in try Files.readText("/proc/\(pid)/cgroup").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if parts[1].split(separator: ",").contains(Substring(controller)) {
        return "/sys/fs/cgroup/\(controller)\(parts[2])"
      }
    }
    return nil
  }

  private func value(_ pid: Int32, _ controller: String, _ file: String) throws -> String? {
    try directory(pid, controller).map { try Files.readText("\($0)/\(file)") }
  }

  @Test("oom_score_adj is that of the program")
  func memoryShortage() throws {
    try with("oom_score_adj: 321") { _, pid in
      let text = try Files.readText("/proc/\(pid)/oom_score_adj")
      #expect(text == "321\n")
    }
  }

  @Test("weights are the cgroup's, on its version's scale")
  func weights() throws {
    let keys = "cpu_shares: 512\nblkio_config: { weight: 300 }"
    try with(keys) { box, pid in
      if let processor = try directory(pid, "cpu") {
        let file = isUnified ? "cpu.weight" : "cpu.shares"
        #expect(try Files.readText("\(processor)/\(file)") == (isUnified ? "20\n" : "512\n"))
      }
      guard let blocks = try directory(pid, isUnified ? "io" : "blkio") else { return }
      let files =
        isUnified
        ? [("io.bfq.weight", "300"), ("io.weight", "2930")]
        : [("blkio.bfq.weight", "300"), ("blkio.weight", "300")]
      guard let file = files.first(where: { Files.exists("\(blocks)/\($0.0)") }) else {
        // A kernel that has no weights: who asked for some is told.
        let again = try box.roost(["up", "-d", "--force-recreate", "-t", "0"])
        #expect(again.exitCode == 0 && again.errors.contains("weight"), "\(again.text)")
        return
      }
      let text = try Files.readText("\(blocks)/\(file.0)")
      #expect(["\(file.1)\n", "default \(file.1)\n"].contains(text), "\(file.0): \(text)")
    }
  }

  @Test("a device may be used as its rule says, and none that no rule names")
  func use() throws {
    let keys = """
      userns_mode: host
      device_cgroup_rules: ["c 250:17 r", "c 250:18 w", "b 251:* rw"]
      """
    try with(keys) { box, _ in
      // What is allowed comes as far as the driver, which there is not.
      let (absent, refused) = ("No such device or address", "Operation not permitted")
      let cases = [
        ("c 250 17", absent, refused), ("c 250 18", refused, absent),
        ("c 250 19", refused, refused),
        ("b 250 17", refused, refused), ("b 251 3", absent, absent), ("c 251 3", refused, refused),
      ]
      for (device, reading, writing) in cases {
        for (redirection, expected) in [("<", reading), (">", writing)] {
          let script = "rm -f /node; mknod /node \(device); : \(redirection) /node"
          let result = try box.roost(["exec", "-T", "a", "sh", "-c", script])
          #expect(result.errors.contains(expected), "\(device) \(redirection): \(result.text)")
        }
      }
    }
  }

  @Test("rules for devices are in the cgroup, one of all kinds as one each")
  func devices() throws {
    // Version 2 has a program instead of a list.
    if isUnified { return }
    try with(#"device_cgroup_rules: ["c 189:* rw", "a 10:200 m"]"#) { _, pid in
      guard let list = try value(pid, "devices", "devices.list") else { return }
      for rule in ["c 189:* rw\n", "c 10:200 m\n", "b 10:200 m\n"] {
        #expect(list.contains(rule), "\(list)")
      }
      #expect(!list.contains("a *:*"))
    }
  }

  @Test("a rule that is none is refused by its line")
  func malformedRule() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services:\n  a:\n    image: busybox\n    device_cgroup_rules: [c 1]\n")
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode != 0 && result.errors.contains("not a rule for devices"))
      #expect(result.errors.contains("compose.yaml:4"))
    }
  }

  @Test("a cgroup_parent that is missing is made and goes again; one that is there stays")
  func parent() throws {
    let name = "roost-test-\(getpid())"
    var made: [String] = []
    try with("cgroup_parent: /\(name)/inner\npids_limit: 77") { box, pid in
      let directory = try #require(try directory(pid, "pids"))
      #expect(directory.contains("/\(name)/inner/"))
      #expect(try Files.readText("\(directory)/pids.max") == "77\n")
      made = [Files.parent(of: directory), Files.parent(of: Files.parent(of: directory))]
      try box.up("down", "-t", "0")
      for directory in made { #expect(!Files.exists(directory), "\(directory)") }
      try Files.makeDirectories(made[1])
      defer { rmdir(made[1]) }
      try box.up("up", "-d")
      try box.up("down", "-t", "0")
      #expect(Files.exists(made[1]) && !Files.exists(made[0]))
    }
  }

  @Test("real-time limits are the cgroup's, as far as the kernel has them")
  func realtime() throws {
    guard Files.exists("/sys/fs/cgroup/cpu/cpu.rt_runtime_us") else { return }
    try with("cpu_rt_runtime: 5000\ncpu_rt_period: 200000\ncap_add: [SYS_NICE]") { box, pid in
      #expect(try value(pid, "cpu", "cpu.rt_runtime_us") == "5000\n")
      #expect(try value(pid, "cpu", "cpu.rt_period_us") == "200000\n")
      let shared = Files.parent(of: try #require(try directory(pid, "cpu")))
      #expect(try Files.readText("\(shared)/cpu.rt_runtime_us") != "0\n")
    }
  }

  @Test("bounds of block devices are the cgroup's")
  func blocks() throws {
    let loop = "/dev/loop7"
    guard Files.exists(loop) else { return }
    let keys = """
      blkio_config:
        device_read_bps: [{ path: \(loop), rate: 1mb }]
        device_write_iops: [{ path: \(loop), rate: 40 }]
      """
    try with(keys) { _, pid in
      if isUnified {
        let bounds = try value(pid, "io", "io.max")
        #expect(bounds == "7:7 rbps=1048576 wbps=max riops=max wiops=40\n")
        return
      }
      guard let bytes = try value(pid, "blkio", "blkio.throttle.read_bps_device") else { return }
      #expect(bytes == "7:7 1048576\n")
      #expect(try value(pid, "blkio", "blkio.throttle.write_iops_device") == "7:7 40\n")
    }
  }

  @Test("annotations and options of the log are shown by inspect")
  func shown() throws {
    try with("annotations: { a.b: c }\nlogging: { options: { max-size: 1m } }") { box, _ in
      let text = try box.up("container", "inspect", try box.up("ps", "-q").output.trimmedLine)
        .output
      #expect(text.contains(#""a.b": "c""#) && text.contains(#""max-size": "1m""#), "\(text)")
    }
  }
}

extension String {
  fileprivate var trimmedLine: String { split(separator: "\n").first.map(String.init) ?? "" }
}
