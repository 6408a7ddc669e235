import Glibc
import Linux
import Model

/// A file that tells how to build: a Dockerfile, or one that says what is left out.
///
/// Links in it count from the context that it lies in, or from its own directory when that is
/// elsewhere: a context is not always written by who builds it, and must not show other files of
/// the machine. Only a regular file is read.
struct ContextFile {
  private let path: String
  private let root: String
  private let name: String
  private let shared: SharedDirectories

  /// Takes the path of the file and the directory of the context.
  init(_ path: String, context: String, _ shared: SharedDirectories) {
    self.shared = shared
    let file = Paths.clean(path)
    let directory = Paths.clean(context)
    let isBelow =
      file.hasPrefix(directory + "/") && path.hasPrefix("/") == context.hasPrefix("/")
    self.path = path
    root = isBelow ? context : Paths.parent(path)
    name = isBelow ? String(file.dropFirst(directory.count + 1)) : Paths.name(path)
  }

  /// The content, at most `limit` bytes; nil when there is no such file.
  func read(limit: Int) throws(Diagnostic) -> [UInt8]? {
    let directory: RootedDirectory
    let place: OwnedDescriptor
    do throws(SyscallError) {
      directory = RootedDirectory(try shared.open(root, Files.pathOnly | O_DIRECTORY))
      place = try directory.open(name)
    } catch {
      guard error.errno == ENOENT || error.errno == ENOTDIR else {
        throw Diagnostic(
          .error, "cannot read \(path): \(SharedDirectories.reason(error))", hint: error.hint)
      }
      try refuseLink()
      return nil
    }
    let status = try diagnosing("read \(path)") { () throws(SyscallError) in
      try Files.status(descriptor: place.raw)
    }
    guard status.kind == .regular else {
      throw Diagnostic(
        .error, "\(path) is not a file that can be read",
        hint: "it must be a regular file, not a directory, a pipe or a device")
    }
    return try diagnosing("read \(path)") { () throws(SyscallError) in
      let file = try directory.open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
      guard try Files.status(descriptor: file.raw).kind == .regular else {
        throw SyscallError("open", path: path, errno: ENODEV)
      }
      return try Descriptors.readAll(file.raw, limit: limit, path: path)
    }
  }

  // To say "does not exist" of a link that one sees would help nobody.
  private func refuseLink() throws(Diagnostic) {
    guard Files.exists(path) else { return }
    throw Diagnostic(
      .error, "\(path) is a link that leads out of the build context, or nowhere",
      hint: "put the file itself there")
  }
}
