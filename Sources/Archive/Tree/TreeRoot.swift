import CLinux
import Glibc
import Linux
import State

/// A directory that files are written below, and never outside of.
///
/// Every path is resolved by the kernel with this directory as its root: links that lead up or
/// are absolute stay inside, as they would in a container. Nothing changes the root of the
/// process itself: a C library that loads code after chroot(2) would load it from the archive.
///
/// Source: openat2(2), `RESOLVE_IN_ROOT`.
final class TreeRoot {
  private let root: OwnedDescriptor
  private var cachedPath: MemberPath?
  private var cachedDirectory: OwnedDescriptor
  /// Owners are set only where the process may.
  let setsOwners: Bool

  /// Opens the directory that is to be the root.
  convenience init(_ path: String) throws(SyscallError) {
    self.init(try Files.open(path, O_RDONLY | O_DIRECTORY))
  }

  /// Takes an open directory as the root.
  init(_ root: OwnedDescriptor, setsOwners: Bool = geteuid() == 0) {
    self.root = root
    self.setsOwners = setsOwners
    cachedDirectory = root
  }

  /// The root's own descriptor.
  var descriptor: Int32 { root.raw }

  /// Opens a file or directory; links on the way are followed, but not out of the root. A link
  /// at the end is only followed on demand.
  func open(
    _ path: MemberPath, _ flags: Int32, followLinks: Bool = true
  ) throws(SyscallError) -> OwnedDescriptor {
    let resolve = UInt64(LINUX_RESOLVE_IN_ROOT | LINUX_RESOLVE_NO_MAGICLINKS)
    let flags = followLinks ? flags : flags | O_NOFOLLOW
    let bytes = path.isRoot ? Array(".".utf8) : path.bytes
    let descriptor = bytes.withCString { name in
      linux_openat2(root.raw, name, UInt64(flags | O_CLOEXEC), 0, resolve)
    }
    return OwnedDescriptor(try Syscall.check(descriptor, "open", path.text))
  }

  /// The path of the file that a path leads to when all its links are followed.
  func resolve(_ path: MemberPath) throws(SyscallError) -> MemberPath {
    let handle = try open(path, pathOnly)
    let place = try Self.path(of: handle.raw)
    let base = try Self.path(of: root.raw)
    return MemberPath(place.dropFirst(base.count)) ?? path
  }

  private static func path(of descriptor: Int32) throws(SyscallError) -> [UInt8] {
    let link = Array("/proc/self/fd/\(descriptor)".utf8)
    return try TreeListing.link(link, in: AT_FDCWD, path: "/proc/self/fd")
  }

  /// The directory a path lies in; missing ones are made. It is good until the next call.
  func directory(for path: MemberPath) throws(SyscallError) -> Int32 {
    let parent = path.parent
    if parent == cachedPath { return cachedDirectory.raw }
    cachedDirectory = try openOrMake(parent)
    cachedPath = parent
    return cachedDirectory.raw
  }

  /// Forgets the directory of the last call: it may be about to go.
  func forget() { cachedPath = nil }

  /// Called with each directory that had to be made on the way to a member.
  var didMakeDirectory: ((MemberPath, OwnedDescriptor) throws(SyscallError) -> Void)?

  private static let directoryFlags = pathOnly | O_DIRECTORY

  private func openOrMake(_ path: MemberPath) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      return try open(path, Self.directoryFlags)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
    }
    var directory = root
    for ancestor in path.ancestry {
      do throws(SyscallError) {
        directory = try open(ancestor, Self.directoryFlags)
      } catch {
        guard error.errno == ENOENT || error.errno == ENOTDIR else { throw error }
        directory = try make(ancestor, in: directory)
      }
    }
    return directory
  }

  private func make(
    _ path: MemberPath, in parent: OwnedDescriptor
  ) throws(SyscallError) -> OwnedDescriptor {
    let hidesLower = try removeWhiteout(path, in: parent.raw)
    let result = path.name.withCString { mkdirat(parent.raw, $0, 0o755) }
    try Syscall.check(result, "mkdir", path.text)
    let made = try open(path, O_RDONLY | O_DIRECTORY, followLinks: false)
    if hidesLower { try makeOpaque(made.raw, path) }
    try didMakeDirectory?(path, made)
    return made
  }

  /// The directories that were made where a whiteout stood.
  private(set) var madeOpaque: [MemberPath] = []

  /// Lets a directory that was made in the place of a whiteout go on hiding.
  func makeOpaque(_ directory: Int32, _ path: MemberPath) throws(SyscallError) {
    try Overlay.makeOpaque(directory, path: path.text)
    madeOpaque.append(path)
  }

  /// Removes a whiteout that stands where something is to be made; false when there is none.
  func removeWhiteout(_ path: MemberPath, in directory: Int32) throws(SyscallError) -> Bool {
    guard let status = try? TreeListing.status(path.name, in: directory, path: path.text),
      Overlay.isWhiteout(status)
    else { return false }
    let result = path.name.withCString { unlinkat(directory, $0, 0) }
    try Syscall.check(result, "unlink", path.text)
    return true
  }

  /// Removes what stands at a path, whatever it is.
  func remove(_ path: MemberPath, in directory: Int32) throws(SyscallError) {
    let result = path.name.withCString { unlinkat(directory, $0, 0) }
    if result == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else {
      throw SyscallError("unlink", path: path.text)
    }
    let name = path.name.map { CChar(bitPattern: $0) } + [0]
    try Files.removeTree(name, path: path.text, at: directory)
    forget()
  }
}

/// `O_PATH`, which Swift does not see.
let pathOnly = Int32(LINUX_O_PATH)

/// How overlayfs marks what a layer hides.
///
/// Source: the kernel's documentation of overlayfs, "whiteouts and opaque directories".
enum Overlay {
  private static let opaque = "trusted.overlay.opaque"

  /// True for the character device 0:0.
  static func isWhiteout(_ status: FileStatus) -> Bool {
    status.kind == .characterDevice && status.represents == 0
  }

  /// Hides a name of lower layers.
  static func makeWhiteout(_ directory: Int32, _ name: UnsafePointer<CChar>) -> Int32 {
    linux_make_device(directory, name, S_IFCHR, 0, 0)
  }

  /// Hides everything that lower layers have in a directory.
  static func makeOpaque(_ directory: Int32, path: String) throws(SyscallError) {
    try Syscall.check(fsetxattr(directory, opaque, "y", 1, 0), "setxattr", path)
  }

  /// True when a directory hides what lower layers have in it.
  static func isOpaque(_ directory: Int32) -> Bool {
    var value: UInt8 = 0
    return fgetxattr(directory, opaque, &value, 1) == 1 && value == UInt8(ascii: "y")
  }

  /// Attributes that steer overlayfs are not for archives to set or to hold.
  static func isPrivate(_ attribute: String) -> Bool {
    attribute.hasPrefix("trusted.overlay.") || attribute.hasPrefix("user.overlay.")
  }
}
