import Glibc
import Linux
import Testing

/// A file system of its own that can be filled: its mount is seen by one thread alone.
package struct SmallFilesystem {
  /// Where it is.
  package let path: String

  private static let ample = "size=8m,nr_inodes=1000"

  /// Calls `body` on a thread that has the file system. Needs root.
  package static func with(_ body: @escaping @Sendable (SmallFilesystem) throws -> Void) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    try WorkerThread.run { () throws(SyscallError) in
      try Fork.unshare(.mount)
      try Syscall.check(mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil), "mount", "/")
      try Syscall.check(mount("tmpfs", path, "tmpfs", 0, ample), "mount", path)
      // None at all would be no bound, for tmpfs.
      try Files.write("\(path)/.ballast", "x")
      #expect(throws: Never.self) { try body(SmallFilesystem(path: path)) }
    }
  }

  /// Takes away all room but so many bytes.
  package func leave(bytes: UInt64) throws { try resize { "size=\(max(1, $0 + bytes))" } }

  /// Takes away all inodes but so many.
  package func leave(inodes: UInt64) throws {
    let numbers = try status()
    try remount("nr_inodes=\(UInt64(numbers.f_files - numbers.f_ffree) + inodes)")
  }

  /// Makes ample room.
  package func makeRoom() throws { try remount(Self.ample) }

  private func resize(_ option: (UInt64) -> String) throws {
    let numbers = try status()
    try remount(option(UInt64(numbers.f_blocks - numbers.f_bfree) * UInt64(numbers.f_frsize)))
  }

  private func status() throws -> statvfs {
    var numbers = statvfs()
    try Syscall.check(statvfs(path, &numbers), "statvfs", path)
    return numbers
  }

  private func remount(_ options: String) throws {
    try Syscall.check(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), options), "mount", path)
  }
}
