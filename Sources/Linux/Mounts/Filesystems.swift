import CLinux
import Glibc

extension MountTree {
  /// The name of the file system that it shows; its number when it is none of the common ones.
  package var fileSystemName: String { Filesystems.name(of: descriptor.raw) }

  /// Changes owner and group of what is at its top. Source: fchownat(2).
  package func setOwner(user: uid_t, group: gid_t) throws(SyscallError) {
    let emptyPath = Int32(0x1000)
    try Syscall.check(fchownat(descriptor.raw, "", user, group, emptyPath), "chown")
  }
}

/// What file systems are called.
package enum Filesystems {
  // Source: linux/magic.h, statfs(2).
  private static let names: [Int: String] = [
    0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0xF2F5_2010: "f2fs",
    0x0102_1994: "tmpfs", 0x8584_58F6: "ramfs", 0x794C_7630: "overlay", 0x6573_5546: "fuse",
    0x6969: "nfs", 0xFF53_4D42: "cifs", 0xFE53_4D42: "smb", 0x0102_1997: "9p", 0x4D44: "vfat",
    0x9FA0: "proc", 0x6265_6572: "sysfs", 0x6367_7270: "cgroup2", 0x0027_E0EB: "cgroup",
    0x1CD1: "devpts", 0x2FC1_2FC1: "zfs", 0x7371_7368: "squashfs", 0x1980_0202: "mqueue",
  ]

  /// How many bytes can still be written to the file system that an open file lies on; nil when it
  /// does not say. Source: fstatvfs(3).
  package static func freeSpace(_ descriptor: Int32) -> Int64? {
    var information = statvfs()
    guard fstatvfs(descriptor, &information) == 0, information.f_blocks > 0 else { return nil }
    let (bytes, isTooLarge) = Int64(clamping: information.f_bavail)
      .multipliedReportingOverflow(by: Int64(clamping: information.f_frsize))
    return isTooLarge ? .max : bytes
  }

  /// The name of the file system that an open file lies on, or its number.
  package static func name(of descriptor: Int32) -> String {
    var information = statfs()
    guard fstatfs(descriptor, &information) == 0 else { return "unknown" }
    let number = Int(information.f_type)
    return names[number] ?? "0x\(String(number, radix: 16))"
  }
}
