import Linux

/// One mount as the kernel lists it. Source: proc_pid_mountinfo(5).
package struct MountEntry: Sendable, Hashable {
  /// Where it is mounted, as this process sees it.
  package var mountPoint: String

  /// Parses one line of mountinfo; nil when it is not one.
  package init?(line: some StringProtocol) {
    let fields = line.split(separator: " ")
    guard fields.count >= 5 else { return nil }
    mountPoint = Self.unescaped(fields[4])
  }

  // The kernel writes blanks, tabs, newlines and backslashes as three octal digits.
  private static func unescaped(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var offset = 0
    while offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "\\"), offset + 3 < bytes.count,
        let code = UInt8(String(decoding: bytes[offset + 1...offset + 3], as: UTF8.self), radix: 8)
      {
        result.append(code)
        offset += 4
      } else {
        result.append(bytes[offset])
        offset += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// The mounts of this process's mount namespace.
package enum MountTable {
  /// All of them, in the kernel's order.
  package static func current() throws(SyscallError) -> [MountEntry] {
    try Files.readText("/proc/self/mountinfo").split(separator: "\n")
      .compactMap { MountEntry(line: $0) }
  }

  /// The mounts at `path` and below it, the innermost first: the order to unmount them in.
  package static func below(_ path: String) throws(SyscallError) -> [MountEntry] {
    try current().filter { $0.mountPoint == path || $0.mountPoint.hasPrefix(path + "/") }.reversed()
  }
}
