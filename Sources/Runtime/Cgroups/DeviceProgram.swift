/// The program that decides over devices on cgroup v2, where no controller does.
///
/// Source: bpf(2), the kernel's bpf/instruction-set and `struct bpf_cgroup_dev_ctx`.
enum DeviceProgram {
  private enum Register: UInt64 {
    case result = 0
    case context = 1
    case accessAndKind = 2
    case kind = 3
    case access = 4
    case major = 5
    case minor = 6
  }

  private static let loadWord: UInt64 = 0x61
  private static let moveRegister: UInt64 = 0xBF
  private static let moveValue: UInt64 = 0xB7
  private static let andValue: UInt64 = 0x57
  private static let shiftRight: UInt64 = 0x77
  private static let jumpNotEqualValue: UInt64 = 0x55
  private static let jumpNotEqualRegister: UInt64 = 0x5D
  private static let exit: UInt64 = 0x95

  /// Allows what a rule allows and nothing else.
  static func allowing(_ rules: [DeviceRule]) -> [UInt64] {
    var program = [
      instruction(loadWord, .accessAndKind, .context, offset: 0),
      instruction(moveRegister, .kind, .accessAndKind),
      instruction(andValue, .kind, value: 0xFFFF),
      instruction(moveRegister, .access, .accessAndKind),
      instruction(shiftRight, .access, value: 16),
      instruction(loadWord, .major, .context, offset: 4),
      instruction(loadWord, .minor, .context, offset: 8),
    ]
    for rule in rules { program += block(for: rule) }
    return program + answer(0)
  }

  private static func answer(_ value: UInt32) -> [UInt64] {
    [instruction(moveValue, .result, value: value), instruction(exit, .result)]
  }

  private static func block(for rule: DeviceRule) -> [UInt64] {
    // Each check jumps over the rest of its block: the distances are filled in at the end.
    var checks: [(code: UInt64, Register, Register, value: UInt32)] = []
    var before: [UInt64] = []
    switch rule.kind {
    case .block: checks.append((jumpNotEqualValue, .kind, .result, 1))
    case .character: checks.append((jumpNotEqualValue, .kind, .result, 2))
    case .all: break
    }
    let mask = accessMask(rule.access)
    if mask != 7 {
      // Scratch: the context is not read any more.
      before = [
        instruction(moveRegister, .context, .access), instruction(andValue, .context, value: mask),
      ]
      checks.append((jumpNotEqualRegister, .context, .access, 0))
    }
    if let major = rule.major { checks.append((jumpNotEqualValue, .major, .result, major)) }
    if let minor = rule.minor { checks.append((jumpNotEqualValue, .minor, .result, minor)) }
    let allowed = answer(1)
    var block = before
    for (index, check) in checks.enumerated() {
      let distance = checks.count - index - 1 + allowed.count
      block.append(
        instruction(check.code, check.1, check.2, offset: UInt64(distance), value: check.value))
    }
    return block + allowed
  }

  private static func accessMask(_ access: String) -> UInt32 {
    (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0)
  }

  private static func instruction(
    _ code: UInt64, _ target: Register, _ source: Register = .result, offset: UInt64 = 0,
    value: UInt32 = 0
  ) -> UInt64 {
    code | target.rawValue << 8 | source.rawValue << 12 | offset << 16 | UInt64(value) << 32
  }
}
