import Compose
import Glibc
import Linux

/// Reads the files of this machine for the Compose model.
enum HostFiles {
  /// The reader that the command line gives to the loader.
  static let reader: FileReader = {
    var reader = FileReader(
      read: { (path: String) throws(FileReader.Failure) in try read(path) },
      kind: { path in kind(path) }, names: { path in (try? Files.list(path)) ?? [] })
    reader.readWithin = { (directory: String, subpath: String) throws(FileReader.Failure) in
      try read(subpath, within: directory)
    }
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

  private static func read(_ path: String) throws(FileReader.Failure) -> [UInt8] {
    if path == "-" { return try readAll(0) }
    // Nobody may ever write to a pipe with a name; one of `<(…)` has its writer already.
    if isNamedPipe(path) { throw .failed("it is a pipe, expected a file") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
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
  ) throws(FileReader.Failure) -> [UInt8] {
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

  private static func isNamedPipe(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return false }
    return !path.hasPrefix("/dev/fd/") && !path.hasPrefix("/proc/")
  }

  private static func readAll(_ descriptor: Int32) throws(FileReader.Failure) -> [UInt8] {
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
    String(cString: strerror(code)).lowercased()
  }
}
