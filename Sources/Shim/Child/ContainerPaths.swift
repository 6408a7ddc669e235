import Glibc
import Linux

/// Paths of a container, once its root is the root.
struct ContainerPaths {
  let kernel: any Kernel

  private static let mostLinks = 40

  /// Makes a directory and those above it. Where a link of the image leads nowhere, what it reads
  /// is made: within the container, since that is all there is.
  func makeDirectories(_ path: String) throws(SyscallError) {
    try makeDirectories(path, linksLeft: Self.mostLinks)
  }

  private func makeDirectories(_ path: String, linksLeft: Int) throws(SyscallError) {
    guard linksLeft > 0 else { throw SyscallError("mkdir", path: path, errno: ELOOP) }
    if path == "/" || make(path) || kernel.isDirectory(path) { return }
    let parent = Files.parent(of: path)
    if let target = try? kernel.readLink(path) {
      let resolved = target.hasPrefix("/") ? target : "\(parent)/\(target)"
      return try makeDirectories(resolved, linksLeft: linksLeft - 1)
    }
    guard !kernel.exists(path) else { throw SyscallError("mkdir", path: path, errno: ENOTDIR) }
    try makeDirectories(parent, linksLeft: linksLeft)
    do throws(SyscallError) {
      try kernel.makeDirectory(path)
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
  }

  private func make(_ path: String) -> Bool { (try? kernel.makeDirectory(path)) != nil }
}
