import Glibc

/// One mount as the kernel lists it. Source: proc_pid_mountinfo(5).
package struct Mount: Sendable, Hashable {
  /// The mount's number, and its parent's.
  package var id: Int
  /// The number of the mount this one lies on.
  package var parent: Int
  /// The directory of the file system that is mounted.
  package var root: String
  /// Where it is mounted, as this process sees it.
  package var mountPoint: String
  /// Options of the mount, such as `ro` and `nosuid`.
  package var options: [String]
  /// Propagation: `shared:1`, `master:2`; empty means private.
  package var propagation: [String]
  /// The file system's type, such as `overlay`.
  package var type: String
  /// What is mounted: a device or a name.
  package var source: String
  /// Options of the file system.
  package var superOptions: [String]

  /// Parses one line of mountinfo; nil when it is not one.
  package init?(line: some StringProtocol) {
    let fields = line.split(separator: " ").map { Self.unescaped($0) }
    guard let separator = fields.firstIndex(of: "-"), separator >= 6,
      fields.count >= separator + 4, let id = Int(fields[0]), let parent = Int(fields[1])
    else { return nil }
    self.id = id
    self.parent = parent
    root = fields[3]
    mountPoint = fields[4]
    options = fields[5].split(separator: ",").map(String.init)
    propagation = Array(fields[6..<separator])
    type = fields[separator + 1]
    source = fields[separator + 2]
    superOptions = fields[separator + 3].split(separator: ",").map(String.init)
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
  /// The mounts of this process, in the kernel's order.
  package static func current() throws(SyscallError) -> [Mount] {
    try of("/proc/self/mountinfo")
  }

  /// The mounts in a mountinfo file, such as `/proc/1/mountinfo`.
  package static func of(_ path: String) throws(SyscallError) -> [Mount] {
    parse(try Files.readText(path))
  }

  /// Parses the text of a mountinfo file.
  package static func parse(_ text: String) -> [Mount] {
    text.split(separator: "\n").compactMap { Mount(line: $0) }
  }

  /// True when something is mounted exactly at `path`, which must be absolute and without links.
  package static func isMountPoint(_ path: String) throws(SyscallError) -> Bool {
    try current().contains { $0.mountPoint == path }
  }

  /// The mounts at `path` and below it, the innermost first: the order to unmount them in.
  package static func below(_ path: String) throws(SyscallError) -> [Mount] {
    try current().filter { $0.mountPoint == path || $0.mountPoint.hasPrefix(path + "/") }.reversed()
  }
}
