import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("The calls that drop privileges", .timeLimit(.standard))
struct PrivilegeStepTests {
  private let kernel = RecordingKernel()
  private var process = ProcessSpec(arguments: ["/bin/true"])
  private var identity = UserIdentity(user: 0, group: 0, groups: [0], home: "/root")
  private let seccomp: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
  private let warnings = Warnings()

  private final class Warnings {
    var texts: [String] = []
  }

  private var privileges: ProcessPrivileges {
    ProcessPrivileges(
      process: process, identity: identity, seccomp: seccomp, kernel: kernel,
      warn: { [warnings] in warnings.texts.append($0) })
  }

  /// The calls, those that drop one capability each as one.
  private var calls: [String] {
    var result: [String] = []
    for call in kernel.calls {
      let text = call.hasPrefix("prctl CAPBSET_DROP") ? "prctl CAPBSET_DROP" : call
      if result.last != text || text != "prctl CAPBSET_DROP" { result.append(text) }
    }
    return result
  }

  @Test("root keeps what was asked for, and no more than it has")
  func root() throws {
    kernel.permitted = CapabilitySet.dockerDefault.bits & ~1
    try privileges.apply()
    #expect(
      calls == [
        "seccomp 8 bytes", "prctl CAPBSET_DROP", "prctl CAP_AMBIENT_CLEAR_ALL", "setgroups 0",
        "setgid 0", "setuid 0", "capset a80425fa a80425fa",
      ])
  }

  @Test("another user changes groups before itself, and keeps no capability")
  mutating func user() throws {
    identity = UserIdentity(user: 1000, group: 1001, groups: [1001, 10], home: "/srv")
    try privileges.apply()
    #expect(
      calls.suffix(4) == ["setgroups 1001,10", "setgid 1001", "setuid 1000", "capset 0 0"])
  }

  @Test("where no program gains rights, the seccomp program comes last of all")
  mutating func noNewPrivileges() throws {
    process.noNewPrivileges = true
    try privileges.apply()
    #expect(calls.first == "prctl NO_NEW_PRIVS")
    #expect(calls.last == "seccomp 8 bytes")
    #expect(kernel.calls("seccomp").count == 1)
  }

  @Test("every capability that was not asked for leaves the bounding set, and no other")
  func boundingSet() throws {
    try privileges.apply()
    let dropped = kernel.calls("prctl CAPBSET_DROP").compactMap {
      $0.split(separator: " ").last.flatMap { Int($0) }
    }
    let kept = CapabilitySet.names.indices.filter { CapabilitySet.dockerDefault.contains($0) }
    #expect(Set(dropped).union(kept) == Set(CapabilitySet.names.indices))
    #expect(dropped.count + kept.count == CapabilitySet.names.count)
  }

  @Test("with all capabilities none leaves the bounding set")
  mutating func all() throws {
    process.capabilities = .all
    try privileges.apply()
    #expect(kernel.calls("prctl CAPBSET_DROP").isEmpty)
  }

  @Test(
    "nothing more is given up once a call failed", arguments: ["setgroups", "setgid", "setuid"])
  func failure(call: String) throws {
    kernel.fail(call, EPERM)
    let failure = #expect(throws: LaunchFailure.self) { try privileges.apply() }
    #expect(failure?.stage == "privileges")
    #expect(failure?.errno == EPERM)
    #expect(kernel.calls.last?.hasPrefix(call) == true)
  }

  // MARK: - Limits

  @Test("limits are set as they were asked for; none is the kernel's largest number")
  mutating func limits() throws {
    process.rlimits = [
      ResourceLimit("nofile", soft: 1024, hard: 4096), ResourceLimit("core", soft: nil, hard: nil),
    ]
    try privileges.applyLimits()
    #expect(
      kernel.calls == ["setrlimit 7 1024 4096", "setrlimit 4 \(UInt64.max) \(UInt64.max)"])
    #expect(warnings.texts.isEmpty)
  }

  @Test(
    "without one of its own a program gets Docker's limit of open files, or what there is",
    arguments: [(UInt64.max, 1_048_576), (2_000_000, 1_048_576), (4096, 4096)] as [(UInt64, UInt64)]
  )
  mutating func openFiles(hard: UInt64, expected: UInt64) throws {
    kernel.hardLimit = hard
    try privileges.applyLimits()
    #expect(kernel.calls == ["setrlimit 7 \(expected) \(expected)"])
    #expect(warnings.texts.isEmpty)
  }

  @Test("a hard limit that root may not raise is set as high as it may be, with a warning")
  mutating func hardLimit() throws {
    kernel.hardLimit = 2048
    process.rlimits = [ResourceLimit("nofile", soft: 4096, hard: 8192)]
    try privileges.applyLimits()
    #expect(kernel.calls == ["setrlimit 7 4096 8192", "setrlimit 7 2048 2048"])
    #expect(warnings.texts.count == 1)
    #expect(warnings.texts.first?.contains("above 2048") == true)
  }

  @Test("a limit that the kernel refuses or does not have is named")
  mutating func badLimit() throws {
    kernel.fail("setrlimit", EINVAL)
    process.rlimits = [ResourceLimit("nofile", soft: 2, hard: 1)]
    let refused = #expect(throws: LaunchFailure.self) { try privileges.applyLimits() }
    #expect(refused?.stage == "ulimits")
    #expect(refused?.message == "ulimit nofile: Invalid argument")
    process.rlimits = [ResourceLimit("files", soft: 1, hard: 1)]
    let unknown = #expect(throws: LaunchFailure.self) { try privileges.applyLimits() }
    #expect(unknown?.message.contains("\"files\"") == true)
  }

  @Test("a memory score is written, and a warning when it may not be set")
  mutating func memoryScore() throws {
    MemoryScore(process, kernel: kernel, warn: { [warnings] in warnings.texts.append($0) }).apply()
    #expect(kernel.calls.isEmpty)
    kernel.fail("write /proc/self/oom_score_adj", EACCES)
    process.oomScoreAdjustment = -500
    MemoryScore(process, kernel: kernel, warn: { [warnings] in warnings.texts.append($0) }).apply()
    #expect(kernel.calls == ["write /proc/self/oom_score_adj -500"])
    #expect(warnings.texts == ["oom_score_adj -500: permission denied on this host"])
  }
}
