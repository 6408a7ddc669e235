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

/// The mounts of a mount namespace.
package enum MountTable {
  /// The file in which the kernel lists those of this process's namespace.
  package static let path = "/proc/self/mountinfo"

  /// All of them, in the kernel's order.
  package static func current() throws(SyscallError) -> [MountEntry] {
    entries(try Files.readText(path))
  }

  /// The mounts at `path` and below it, the innermost first: the order to unmount them in.
  package static func below(_ path: String) throws(SyscallError) -> [MountEntry] {
    try current().filter { $0.mountPoint == path || $0.mountPoint.hasPrefix(path + "/") }.reversed()
  }

  /// Where something is mounted below a directory, outer places first, as paths that begin there;
  /// without what a later mount hides.
  package static func places(below directory: String, in table: String) -> [String] {
    let points = entries(table).map(\.mountPoint)
    let prefix = directory == "/" ? "/" : directory + "/"
    var hidden: [String] = []
    var places: [String] = []
    for point in points.reversed() {
      let isHidden = hidden.contains { point == $0 || point.hasPrefix($0 == "/" ? $0 : $0 + "/") }
      if !isHidden, point.hasPrefix(prefix), point != directory {
        places.append(String(point.dropFirst(prefix.count)))
      }
      hidden.append(point)
    }
    return places.sorted()
  }

  private static func entries(_ table: String) -> [MountEntry] {
    table.split(separator: "\n").compactMap { MountEntry(line: $0) }
  }
}
