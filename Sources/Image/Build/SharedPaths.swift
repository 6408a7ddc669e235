import Glibc
import Linux
import Model

/// Opening what lies where containers may write: within the directory that they have.
extension SharedDirectories {
  /// Opens a path of the host.
  ///
  /// Throws EXDEV, or ELOOP for links that only the kernel can follow, where a container made a link
  /// out of its directory.
  func open(_ path: String, _ flags: Int32) throws(SyscallError) -> OwnedDescriptor {
    let (directory, subpath) = place(of: path)
    guard !subpath.isEmpty else { return try Files.open(path, flags) }
    do throws(SyscallError) {
      return try RootedDirectory(opening: directory).open(subpath, flags, .beneath)
    } catch {
      throw error.about(path)
    }
  }

  /// The content of a regular file of the host, at most `limit` bytes.
  func read(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
    let (directory, subpath) = place(of: path)
    return subpath.isEmpty
      ? try Files.readRegular(path, limit: limit)
      : try Files.readRegular(subpath, within: directory, limit: limit)
  }

  /// Why `open` or `read` failed, for messages.
  static func reason(_ error: SyscallError) -> String {
    switch error.errno {
    case EXDEV, ELOOP: "it is a link out of a directory that containers may write to"
    case EINVAL, ENXIO: "it is a pipe, a device or a socket"
    case EISDIR: "it is a directory"
    default: error.reason.lowercased()
    }
  }
}

extension BuildRequest {
  /// Refuses a path of the host that a container made a link out of its directory. What is not there
  /// is for whoever uses it to tell.
  package func checkShared(_ path: String) throws(Diagnostic) {
    let (directory, subpath) = shared.place(of: path)
    guard !subpath.isEmpty else { return }
    do throws(SyscallError) { _ = try shared.open(path, Files.pathOnly) } catch {
      guard error.errno == EXDEV || error.errno == ELOOP else { return }
      throw Diagnostic(
        .error, "\(path) is a link out of \(directory), which containers may write to",
        hint: "containers that write there could have made it: use a path that does not lead "
          + "through it, or make the bind read-only")
    }
  }
}
