import State

/// Which system calls a container may make, before it is compiled.
///
/// The form is that of Docker's profile files, so that those can be read.
package struct SeccompProfile: Sendable, Hashable {
  /// What happens at a call.
  package enum Action: Sendable, Hashable {
    case allow
    /// The call fails with this error number.
    case fail(errno: UInt16)
    case killProcess
    case killThread
    case trap
    case log
    case trace(UInt16)
  }

  /// What an argument is compared by. Source: seccomp_rule_add(3).
  package enum Comparison: String, Sendable, Hashable {
    case notEqual = "SCMP_CMP_NE"
    case less = "SCMP_CMP_LT"
    case lessOrEqual = "SCMP_CMP_LE"
    case equal = "SCMP_CMP_EQ"
    case greaterOrEqual = "SCMP_CMP_GE"
    case greater = "SCMP_CMP_GT"
    /// `argument & value == second`
    case maskedEqual = "SCMP_CMP_MASKED_EQ"
  }

  /// A condition on one argument of a call.
  package struct Condition: Sendable, Hashable {
    /// Which argument, from 0.
    package var argument: UInt32
    /// How it is compared.
    package var comparison: Comparison
    /// What it is compared with.
    package var value: UInt64
    /// The second value of `maskedEqual`.
    package var second: UInt64

    /// Makes a condition.
    package init(
      _ argument: UInt32, _ comparison: Comparison, _ value: UInt64, _ second: UInt64 = 0
    ) {
      self.argument = argument
      self.comparison = comparison
      self.value = value
      self.second = second
    }
  }

  /// One rule: what happens at some calls, for some containers.
  package struct Rule: Sendable, Hashable {
    /// The calls by name; those that the machine does not have are left out.
    package var calls: [String]
    /// What happens.
    package var action: Action
    /// All of these must hold.
    package var conditions: [Condition]
    /// The rule counts for containers with one of these capabilities; empty: for all.
    package var capabilities: CapabilitySet
    /// The rule does not count for containers with one of these capabilities.
    package var withoutCapabilities: CapabilitySet
    /// The rule counts on these machines only, in Docker's names; empty: on all.
    package var architectures: [String]
    /// The rule does not count on these machines.
    package var withoutArchitectures: [String]
    /// The rule counts from this kernel on, as major and minor number.
    package var minimumKernel: [Int]

    /// Makes a rule.
    package init(
      _ calls: [String], _ action: Action = .allow, when conditions: [Condition] = [],
      capabilities: CapabilitySet = .none, withoutCapabilities: CapabilitySet = .none,
      architectures: [String] = [], withoutArchitectures: [String] = [],
      minimumKernel: [Int] = []
    ) {
      self.calls = calls
      self.action = action
      self.conditions = conditions
      self.capabilities = capabilities
      self.withoutCapabilities = withoutCapabilities
      self.architectures = architectures
      self.withoutArchitectures = withoutArchitectures
      self.minimumKernel = minimumKernel
    }

    /// True when the rule counts.
    func applies(capabilities held: CapabilitySet, architecture: String, kernel: [Int]) -> Bool {
      if !capabilities.isEmpty, capabilities.bits & held.bits == 0 { return false }
      if withoutCapabilities.bits & held.bits != 0 { return false }
      if !architectures.isEmpty, !architectures.contains(architecture) { return false }
      if withoutArchitectures.contains(architecture) { return false }
      return !kernel.lexicographicallyPrecedes(minimumKernel)
    }
  }

  /// What happens at a call that no rule names.
  package var defaultAction: Action
  /// The rules; for one call all that hold count, the strictest wins.
  package var rules: [Rule]

  /// Makes a profile.
  package init(defaultAction: Action, rules: [Rule]) {
    self.defaultAction = defaultAction
    self.rules = rules
  }
}
