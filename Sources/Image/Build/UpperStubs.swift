import Glibc
import Linux
import Model

/// Removes from an upper directory what only stands there because something was mounted on it.
///
/// Source: the rule of BuildKit that mount points of RUN do not become part of the layer.
struct UpperStubs {
  let upper: String
  let lower: [String]
  let targets: [String]

  private static let system = [
    "/proc", "/sys", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/pipes", "/dev", "/etc/hosts",
    "/etc/hostname", "/etc/resolv.conf",
  ]

  /// Removes them. A command may have put links in the place of directories: what is removed is
  /// named by the directory that it lies in, without a link on the way.
  func remove() throws(SyscallError) {
    let root = try RootedDirectory(opening: upper)
    for stub in try found(in: root) {
      // What is left of a directory whose members went is empty.
      try root.remove(stub.path, isDirectory: stub.isDirectory)
    }
  }

  /// The paths of such files and directories, each after those below it.
  func found() throws(SyscallError) -> [String] {
    try found(in: RootedDirectory(opening: upper)).map(\.path)
  }

  private struct Stub {
    var path: String
    var isDirectory: Bool
  }

  private func found(in root: RootedDirectory) throws(SyscallError) -> [Stub] {
    var below: [RootedDirectory] = []
    for layer in lower { below.append(try RootedDirectory(opening: layer)) }
    var result: [Stub] = []
    var known: Set<String> = []
    for target in targets + Self.system { try find(target, root, below, &result, &known) }
    return result
  }

  /// Finds an empty file or directory that no layer below has, and the directories above it that
  /// then say nothing any more.
  private func find(
    _ path: String, _ root: RootedDirectory, _ layers: [RootedDirectory], _ result: inout [Stub],
    _ known: inout Set<String>
  ) throws(SyscallError) {
    guard path != "/", path.hasPrefix("/"), !known.contains(path),
      let status = try status(path, in: root)
    else { return }
    var below: FileStatus?
    for layer in layers where below == nil { below = try self.status(path, in: layer) }
    switch status.kind {
    case .regular where status.size == 0 && below == nil: break
    case .directory where below == nil || says(nothing: status, beyond: below):
      let names = try root.list(path, .withoutLinks)
      guard names.allSatisfy({ known.contains("\(path)/\($0)") }) else { return }
    default: return
    }
    known.insert(path)
    result.append(Stub(path: path, isDirectory: status.kind == .directory))
    try find(Paths.parent(path), root, layers, &result, &known)
  }

  /// What is at a path; nil when nothing is, or a link on the way.
  private func status(
    _ path: String, in root: RootedDirectory
  ) throws(SyscallError) -> FileStatus? {
    do throws(SyscallError) { return try root.status(path, .withoutLinks) } catch {
      guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
      return nil
    }
  }

  /// True when a directory is as it was below: overlayfs copied it up for what was mounted in it.
  private func says(nothing status: FileStatus, beyond below: FileStatus?) -> Bool {
    guard let below, below.kind == .directory else { return false }
    return status.mode == below.mode && status.user == below.user && status.group == below.group
  }
}
