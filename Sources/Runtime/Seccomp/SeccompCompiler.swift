import CSeccomp
import Glibc
import Linux
import Model
import State

/// A profile that cannot be compiled.
package struct SeccompError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was done.
  package var step: String
  /// The error number.
  package var errno: Int32

  /// A sentence for people.
  package var description: String { "seccomp: \(step): \(SyscallError.reason(errno))" }
}

/// Compiles profiles with libseccomp.
enum SeccompCompiler {
  /// The machine's architecture in Docker's names, and what else it runs.
  ///
  /// The numbers are those of `AUDIT_ARCH_…` in linux/audit.h.
  static func nativeArchitecture() -> (name: String, others: [UInt32]) {
    switch seccomp_arch_native() {
    case 0xC000_003E: ("amd64", [0x4000_0003, 0x4000_003E])
    case 0xC000_00B7: ("arm64", [0x4000_0028])
    case 0xC000_0015: ("ppc64le", [])
    case 0xC000_00F3: ("riscv64", [])
    case 0x8000_0016: ("s390x", [0x16])
    default: ("other", [])
    }
  }

  /// The program as the kernel takes it: `struct sock_filter` after `struct sock_filter`.
  static func compile(
    _ profile: SeccompProfile, capabilities: CapabilitySet, kernel: [Int]
  ) throws(SeccompError) -> [UInt8] {
    guard let context = seccomp_init(code(profile.defaultAction)) else {
      throw SeccompError(step: "seccomp_init", errno: EINVAL)
    }
    defer { seccomp_release(context) }
    let native = nativeArchitecture()
    for architecture in native.others {
      try check(seccomp_arch_add(context, architecture), "seccomp_arch_add", ignoring: EEXIST)
    }
    // A tree of comparisons instead of a row: the kernel tries each call when a program is loaded.
    try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "seccomp_attr_set")
    // An architecture of which nothing is known: the call does not exist.
    try check(
      seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, code(.fail(errno: UInt16(ENOSYS)))),
      "seccomp_attr_set")
    for rule in profile.rules
    where rule.applies(capabilities: capabilities, architecture: native.name, kernel: kernel) {
      for name in rule.calls { try add(rule, call: name, to: context, profile: profile) }
    }
    return try export(context)
  }

  private static func add(
    _ rule: SeccompProfile.Rule, call name: String, to context: scmp_filter_ctx,
    profile: SeccompProfile
  ) throws(SeccompError) {
    let number = seccomp_syscall_resolve_name(name)
    // Not known to this version of libseccomp, or the action is what happens anyway.
    guard number != __NR_SCMP_ERROR, rule.action != profile.defaultAction else { return }
    let conditions = rule.conditions.map { condition in
      scmp_arg_cmp(
        arg: condition.argument, op: comparison(condition.comparison), datum_a: condition.value,
        datum_b: condition.second)
    }
    let result = seccomp_rule_add_array(
      context, code(rule.action), number, UInt32(conditions.count), conditions)
    // A rule for all arguments stands beside one for some: the general one is there already.
    try check(result, "rule for \(name)", ignoring: EEXIST)
  }

  private static func export(_ context: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
    do throws(SyscallError) {
      // The longest program that the kernel takes, 4096 instructions, fits in a pipe.
      let pipe = try Descriptors.pipe()
      let result = seccomp_export_bpf(context, pipe.write.raw)
      guard result == 0 else { throw SyscallError("seccomp_export_bpf", errno: -result) }
      pipe.write.close()
      return try Descriptors.readAll(pipe.read.raw)
    } catch {
      throw SeccompError(step: error.call, errno: error.errno)
    }
  }

  private static func check(
    _ result: Int32, _ step: String, ignoring ignored: Int32 = 0
  ) throws(SeccompError) {
    guard result < 0, -result != ignored else { return }
    throw SeccompError(step: step, errno: -result)
  }

  private static func comparison(_ comparison: SeccompProfile.Comparison) -> scmp_compare {
    switch comparison {
    case .notEqual: SCMP_CMP_NE
    case .less: SCMP_CMP_LT
    case .lessOrEqual: SCMP_CMP_LE
    case .equal: SCMP_CMP_EQ
    case .greaterOrEqual: SCMP_CMP_GE
    case .greater: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }

  // The values of seccomp.h, whose macros with arguments Swift does not see.
  private static func code(_ action: SeccompProfile.Action) -> UInt32 {
    switch action {
    case .allow: 0x7FFF_0000
    case .fail(let errno): 0x0005_0000 | UInt32(errno)
    case .killProcess: 0x8000_0000
    case .killThread: 0
    case .trap: 0x0003_0000
    case .log: 0x7FFC_0000
    case .trace(let message): 0x7FF0_0000 | UInt32(message)
    }
  }
}
