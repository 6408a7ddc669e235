import Glibc
import Linux

/// Paths of a container, once its root is the root.
enum ContainerPaths {
  private static let mostLinks = 40

  /// Makes a directory and those above it. Where a link of the image leads nowhere, what it reads
  /// is made: within the container, since that is all there is.
  static func makeDirectories(_ path: String) throws(SyscallError) {
    try makeDirectories(path, linksLeft: mostLinks)
  }

  private static func makeDirectories(_ path: String, linksLeft: Int) throws(SyscallError) {
    guard linksLeft > 0 else { throw SyscallError("mkdir", path: path, errno: ELOOP) }
    if path == "/" || mkdir(path, 0o755) == 0 || Files.isDirectory(path) { return }
    let parent = Files.parent(of: path)
    if let target = try? Files.readLink(path) {
      let resolved = target.hasPrefix("/") ? target : "\(parent)/\(target)"
      return try makeDirectories(resolved, linksLeft: linksLeft - 1)
    }
    guard !Files.exists(path) else { throw SyscallError("mkdir", path: path, errno: ENOTDIR) }
    try makeDirectories(parent, linksLeft: linksLeft)
    if mkdir(path, 0o755) != 0, errno != EEXIST { throw SyscallError("mkdir", path: path) }
  }
}
