import Compose
import Glibc
import Linux

/// Reads the files of this machine for the Compose model.
enum HostFiles {
  private typealias Failure = FileReader.Failure

  /// The reader that the command line gives to the loader.
  static let reader: FileReader = {
    var reader = FileReader(
      read: { (path: String) throws(Failure) in try read(path) },
      kind: { path in kind(path) }, names: { path in (try? Files.list(path)) ?? [] })
    reader.readWithin = { (directory: String, subpath: String) throws(Failure) in
      try read(subpath, within: directory)
    }
    reader.readLink = { path in try? Files.readLink(path) }
    return reader
  }()

  private static func kind(_ path: String) -> FileReader.Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: return .file
    default: return .other
    }
  }

  private static func read(_ path: String) throws(Failure) -> [UInt8] {
    if path == "-" { return try readAll(0) }
    try refuseOthers(path)
    // Files of the kernel that are waited on, such as /proc/kmsg, look like any other.
    let flags = isOpenAlready(path) ? 0 : O_NONBLOCK | O_NOCTTY
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | flags)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR ? .notFound : .failed(reason(errno))
    }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory }
      if status.st_size > FileReader.maximumSize {
        throw .tooLarge(maximum: FileReader.maximumSize)
      }
    }
    return try readAll(descriptor)
  }

  private static func read(
    _ subpath: String, within directory: String
  ) throws(Failure) -> [UInt8] {
    do throws(SyscallError) {
      return try Files.readRegular(subpath, within: directory, limit: FileReader.maximumSize)
    } catch {
      switch error.errno {
      case ENOENT, ENOTDIR: throw .notFound
      case EISDIR: throw .isDirectory
      case EFBIG: throw .tooLarge(maximum: FileReader.maximumSize)
      case EXDEV, ELOOP:
        throw .failed("it is a link out of \(directory), which containers may write to")
      case EINVAL: throw .failed("it is not a regular file")
      default: throw .failed(reason(error.errno))
      }
    }
  }

  /// Nobody may ever write to a pipe with a name, and a device may have no end. What the caller has
  /// open already, such as the pipe of `<(…)`, has its writer.
  private static func refuseOthers(_ path: String) throws(Failure) {
    guard !isOpenAlready(path), path != "/dev/null", let kind = try? Files.status(path).kind,
      let text = kind.unreadableText
    else { return }
    throw .failed("it is \(text), expected a file")
  }

  private static func isOpenAlready(_ path: String) -> Bool {
    path.hasPrefix("/dev/fd/") || path.hasPrefix("/dev/std")
      || path.hasPrefix("/proc/") && path.contains("/fd/")
  }

  private static func readAll(_ descriptor: Int32) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .failed(reason(errno)) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > FileReader.maximumSize {
        throw .tooLarge(maximum: FileReader.maximumSize)
      }
    }
  }

  private static func reason(_ code: Int32) -> String {
    let error = SyscallError("open", errno: code)
    return error.reason.lowercased() + (error.shortage.map { " (\($0))" } ?? "")
  }
}
