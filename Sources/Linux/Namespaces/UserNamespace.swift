import CLinux
import Glibc

/// Which ids of the machine those in a user namespace stand for: a row of them, in the same order,
/// for users and groups alike. Source: user_namespaces(7).
package struct IDMap: Sendable, Hashable {
  /// The machine's id that 0 stands for.
  package var start: UInt32
  /// How many ids there are, from 0 on.
  package var count: UInt32

  /// Makes a map.
  package init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }

  /// Every id stands for itself.
  package static let identity = IDMap(start: 0, count: .max)

  /// All ids of the machine that ids in the namespace stand for.
  package var hostIDs: ClosedRange<UInt32> { start...start + (count - 1) }

  /// The machine's id that `id` stands for; nil when there is no such id in the namespace.
  package func hostID(_ id: UInt32) -> UInt32? { id < count ? start + id : nil }

  /// The machine's ids that a row of ids stands for, as far as they are in the namespace; nil when
  /// none is.
  package func hostIDs(_ row: ClosedRange<UInt32>) -> ClosedRange<UInt32>? {
    guard let first = hostID(row.lowerBound) else { return nil }
    return first...start + min(row.upperBound, count - 1)
  }

  /// The id in the namespace that stands for the machine's `id`; nil when none does.
  package func id(ofHost id: UInt32) -> UInt32? {
    id >= start && id - start < count ? id - start : nil
  }
}

/// User namespaces.
package enum UserNamespace {
  /// Gives the namespace of `pid`, which has no ids yet, those of a map.
  package static func write(_ map: IDMap, of pid: Int32) throws(SyscallError) {
    for kind in ["uid", "gid"] {
      try Files.overwrite("/proc/\(pid)/\(kind)_map", "0 \(map.start) \(map.count)")
    }
  }

  /// The first row of the map that a process has; nil when it has ended.
  package static func map(of pid: Int32) -> IDMap? {
    let text = (try? Files.readText("/proc/\(pid)/uid_map")) ?? ""
    let numbers = text.split(whereSeparator: \.isWhitespace).prefix(3).compactMap { UInt32($0) }
    return numbers.count == 3 ? IDMap(start: numbers[1], count: numbers[2]) : nil
  }

  /// Makes a namespace without a process, which lasts as long as its descriptor.
  package static func create(_ map: IDMap) throws(SyscallError) -> OwnedDescriptor {
    let holder = try NamespaceHolder(UInt64(LINUX_CLONE_NEWUSER))
    defer { holder.end() }
    try write(map, of: holder.pid)
    return try Files.open("/proc/\(holder.pid)/ns/user", O_RDONLY)
  }
}

/// A process that only exists so that its namespaces can be configured and pinned.
final class NamespaceHolder {
  let pid: Int32
  private let release: OwnedDescriptor
  private let memory: UnsafeMutableRawPointer?

  init(_ flags: UInt64) throws(SyscallError) {
    var pipe: Int32 = -1
    var memory: UnsafeMutableRawPointer?
    pid = try Syscall.check(
      ProcessBirth.during { linux_clone_holder(flags, &pipe, &memory) }, "clone")
    release = OwnedDescriptor(pipe)
    self.memory = memory
  }

  func end() {
    release.close()
    // It ends by itself; one that was stopped does not.
    kill(pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    free(memory)
  }
}
