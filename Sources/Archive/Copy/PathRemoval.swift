import CLinux
import Glibc
import Linux

/// Removes what lies at paths below a root, by descriptors only.
///
/// What something is mounted on stays: seen from another mount namespace, the kernel would take the
/// mount away from the container. Source: openat2(2), `RESOLVE_NO_XDEV`.
struct PathRemoval {
  private let root: TreeRoot
  /// The first path that stayed because something is mounted on it.
  private(set) var stayed: String?

  init(_ root: TreeRoot) { self.root = root }

  /// Removes one path with all that is in it. Nothing there is no error.
  mutating func remove(_ path: MemberPath) throws(SyscallError) {
    do throws(SyscallError) {
      let parent = try root.open(path.parent, pathOnly | O_DIRECTORY)
      try remove(path, in: parent.raw)
      root.forget()
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
    }
  }

  private mutating func remove(_ path: MemberPath, in directory: Int32) throws(SyscallError) {
    let resolve = UInt64(LINUX_RESOLVE_NO_XDEV | LINUX_RESOLVE_BENEATH)
    let number = path.name.withCString { name in
      linux_openat2(
        directory, name, UInt64(pathOnly | O_NOFOLLOW | O_CLOEXEC), 0, resolve)
    }
    guard number >= 0 else {
      if errno == EXDEV {
        stayed = stayed ?? "/" + path.text
        return
      }
      throw SyscallError("open", path: path.text)
    }
    let place = OwnedDescriptor(number)
    guard try Files.status(descriptor: place.raw).kind == .directory else {
      return try unlink(path, in: directory, 0)
    }
    for name in try TreeListing.names(place.raw, path: path.text) {
      do throws(SyscallError) { try remove(path.appending(name), in: place.raw) } catch {
        guard error.errno == ENOENT else { throw error }
      }
    }
    try unlink(path, in: directory, AT_REMOVEDIR)
  }

  private func unlink(
    _ path: MemberPath, in directory: Int32, _ flags: Int32
  ) throws(SyscallError) {
    let result = path.name.withCString { unlinkat(directory, $0, flags) }
    guard result != 0, errno != ENOENT else { return }
    // What stayed keeps the directories above it, and the container may just have written to one.
    if errno == ENOTEMPTY || errno == EEXIST { return }
    throw SyscallError(flags == 0 ? "unlink" : "rmdir", path: path.text)
  }
}
