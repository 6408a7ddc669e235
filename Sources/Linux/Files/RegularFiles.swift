import Glibc

/// Whole files that somebody else may have put there: a pipe or device in the place of a file is
/// refused before anything waits for it, and a file that is too large before it is in memory.
extension Files {
  /// The whole content of a regular file.
  ///
  /// Throws EINVAL for what is no regular file, EISDIR for a directory and EFBIG for more than
  /// `limit` bytes.
  package static func readRegular(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
    try content(try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), path, limit, LiveKernel())
  }

  /// The same for a file below a directory, out of which no link leads: that is EXDEV, or ELOOP for
  /// links that only the kernel can follow.
  package static func readRegular(
    _ subpath: String, within directory: String, limit: Int, calls: any PathCalls = LiveKernel()
  ) throws(SyscallError) -> [UInt8] {
    let path = "\(directory)/\(subpath)"
    do throws(SyscallError) {
      let file = try RootedDirectory(opening: directory, calls: calls).open(
        subpath, O_RDONLY | O_NONBLOCK | O_NOCTTY, .beneath)
      return try content(file, path, limit, calls)
    } catch {
      throw error.about(path)
    }
  }

  private static func content(
    _ file: borrowing OwnedDescriptor, _ path: String, _ limit: Int, _ calls: any PathCalls
  ) throws(SyscallError) -> [UInt8] {
    let status = try calls.status(descriptor: file.raw)
    switch status.kind {
    case .regular: break
    case .directory: throw SyscallError("read", path: path, errno: EISDIR)
    default: throw SyscallError("read as a regular file", path: path, errno: EINVAL)
    }
    guard status.size <= limit else { throw SyscallError("read", path: path, errno: EFBIG) }
    // One byte more shows that the file is larger, also when it grows meanwhile.
    let bytes = try Descriptors.readAll(file.raw, limit: limit + 1, path: path)
    guard bytes.count <= limit else { throw SyscallError("read", path: path, errno: EFBIG) }
    return bytes
  }
}
