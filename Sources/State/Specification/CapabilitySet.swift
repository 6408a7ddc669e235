import Model

/// A set of Linux capabilities. Source: capabilities(7).
package struct CapabilitySet: Sendable, Hashable {
  /// Bit n stands for capability number n.
  package var bits: UInt64

  /// Makes a set from bits.
  package init(bits: UInt64) { self.bits = bits }

  /// Makes a set of names that are known to be right.
  package init(known names: [String]) {
    bits = 0
    for name in names {
      if let number = Self.names.firstIndex(of: name) { bits |= 1 << UInt64(number) }
    }
  }

  /// The names by number, without `CAP_`.
  package static let names = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
    "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
    "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
    "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
    "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
    "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
  ]

  /// No capability.
  package static let none = CapabilitySet(bits: 0)
  /// All capabilities.
  package static let all = CapabilitySet(bits: 1 << UInt64(names.count) - 1)
  /// What Docker gives a container that asks for nothing.
  package static let dockerDefault = CapabilitySet(known: [
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
  ])
  /// What has its full meaning within a user namespace that owns its network. Anything else that
  /// is asked for by name needs the machine's user namespace.
  package static let meaningfulInUserNamespace = CapabilitySet(known: [
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_ADMIN", "NET_BIND_SERVICE",
    "NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    "SYS_PTRACE",
  ])

  /// The set of one name, with or without `CAP_`, in any case; `ALL` is every one. Nil when there
  /// is no such capability.
  package init?(name: String) {
    var plain = name.uppercased()
    if plain.hasPrefix("CAP_") { plain.removeFirst(4) }
    if plain == "ALL" {
      self = .all
    } else if let number = Self.names.firstIndex(of: plain) {
      bits = 1 << UInt64(number)
    } else {
      return nil
    }
  }

  /// What a container gets that starts with `self` and has `cap_add` and `cap_drop`: as in Docker,
  /// `ALL` sets the stage and single names count after it, drops last.
  ///
  /// - Throws: the first name that is unknown.
  package func adjusted(
    adding: [String], dropping: [String]
  ) throws(UnknownCapability) -> CapabilitySet {
    let added = try Self.union(adding)
    let dropped = try Self.union(dropping)
    if adding.contains(where: Self.isAll) {
      let singles = try Self.union(dropping.filter { !Self.isAll($0) })
      return Self.all.subtracting(singles)
    }
    if dropping.contains(where: Self.isAll) { return added }
    return union(added).subtracting(dropped)
  }

  private static func isAll(_ name: String) -> Bool {
    ["ALL", "CAP_ALL"].contains(name.uppercased())
  }

  private static func union(_ names: [String]) throws(UnknownCapability) -> CapabilitySet {
    var result = CapabilitySet.none
    for name in names {
      guard let set = CapabilitySet(name: name) else { throw UnknownCapability(name: name) }
      result = result.union(set)
    }
    return result
  }

  /// True when it holds nothing.
  package var isEmpty: Bool { bits == 0 }
  /// True when it holds capability number `number`.
  package func contains(_ number: Int) -> Bool { bits & 1 << UInt64(number) != 0 }
  /// True when it holds all of `other`.
  package func isSuperset(of other: CapabilitySet) -> Bool { other.bits & ~bits == 0 }
  /// Everything in either set.
  package func union(_ other: CapabilitySet) -> CapabilitySet {
    CapabilitySet(bits: bits | other.bits)
  }
  /// What is not in `other`.
  package func subtracting(_ other: CapabilitySet) -> CapabilitySet {
    CapabilitySet(bits: bits & ~other.bits)
  }

  /// The names in the order of their numbers, with `CAP_`.
  package var sortedNames: [String] {
    Self.names.indices.filter(contains).map { "CAP_" + Self.names[$0] }
  }
}

/// A capability that does not exist.
package struct UnknownCapability: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name as the user wrote it.
  package var name: String
  /// A sentence for people.
  package var description: String { "there is no capability \"\(name)\" (see capabilities(7))" }
}
