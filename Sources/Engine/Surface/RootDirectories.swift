import Glibc
import Linux
import Model
import State

extension Engine {
  /// Makes the two directories that everything lies in, and refuses those that cannot be written.
  ///
  /// Commands that change something call this first: the message then names the directory, and
  /// not whatever happened to be the first thing written to it.
  ///
  /// - Returns: a warning when another user has a say in one of them.
  package func prepareDirectories() throws(EngineError) -> [Diagnostic] {
    for (option, path) in Self.options(layout) {
      do throws(SyscallError) {
        if !Files.isDirectory(path) {
          try Files.makeDirectories(Files.parent(of: path))
          try Files.makeDirectories(path, mode: ClosedDirectories.mode)
        }
        guard access(path, W_OK | X_OK) == 0 else { throw SyscallError("access", path: path) }
      } catch {
        throw EngineError(
          "cannot write to \(path): \(error.reason)",
          hint: "roost keeps its things there; choose another directory with \(option)")
      }
    }
    return Self.options(layout).compactMap(ClosedDirectories.warning)
  }

  /// Takes from other users of the machine the right to enter the directories that hold what roost
  /// keeps; earlier versions let them in.
  ///
  /// Every command that looks at them calls this first. Those that are missing are made closed.
  ///
  /// - Returns: a warning when directories were open.
  package func closeDirectories() throws(EngineError) -> [Diagnostic] {
    var directories = ClosedDirectories(layout)
    try directories.close()
    return directories.warnings
  }

  private static func options(_ layout: Layout) -> [(option: String, path: String)] {
    [("--root", layout.root), ("--run-root", layout.runRoot)]
  }
}

/// The directories of a layout that only root may enter.
struct ClosedDirectories {
  static let mode: mode_t = 0o700
  /// The permissions of group and others.
  private static let others: mode_t = 0o077
  /// What earlier versions gave to a `--root` that they made. Nobody else does: it tells one that
  /// is roost's own from a directory that was there before.
  private static let earlierMode: mode_t = 0o711

  private let layout: Layout
  /// Those that were open.
  private var opened: [String] = []

  init(_ layout: Layout) { self.layout = layout }

  /// What to tell the user about it.
  var warnings: [Diagnostic] {
    guard let first = opened.first else { return [] }
    let more = opened.count > 1 ? " and \(opened.count - 1) more" : ""
    return [
      Diagnostic(
        .warning, "closed \(first)\(more) to other users of this machine",
        notes: [
          Diagnostic.Note(
            "until now they could run programs of images and read volumes there: "
              + "look for copies of set-user-id programs if you do not trust them")
        ])
    ]
  }

  mutating func close() throws(EngineError) {
    for path in layout.closedDirectories { try close(path, isOurs: true) }
    for (path, standard) in [
      (layout.root, Layout.defaultRoot), (layout.runRoot, Layout.defaultRunRoot),
    ] { try close(path, isOurs: path == standard) }
  }

  private mutating func close(_ path: String, isOurs: Bool) throws(EngineError) {
    // An administrator may have moved it to another disk and left a link.
    guard let link = try? Files.status(path, followLinks: false) else { return }
    if isOurs, link.user != geteuid() { throw Self.foreign(path, link) }
    guard let directory = try? Files.open(path, O_RDONLY | O_DIRECTORY),
      let status = try? Files.status(descriptor: directory.raw)
    else { return }
    if isOurs, status.user != geteuid() { throw Self.foreign(path, status) }
    guard isOurs ? status.mode & Self.others != 0 : status.mode == Self.earlierMode else { return }
    do throws(SyscallError) {
      try Syscall.check(fchmod(directory.raw, Self.mode), "chmod", path)
    } catch {
      throw EngineError(
        "other users of this machine can enter \(path): \(error.reason)",
        hint: "let nobody but root enter it: chmod 700 \(path)")
    }
    opened.append(path)
  }

  private static func foreign(_ path: String, _ status: FileStatus) -> EngineError {
    EngineError(
      "\(path) belongs to user \(status.user), who could put anything there",
      hint: "if its content can be trusted: chown -h root \(path)")
  }

  /// A warning for a directory in which another user can replace what is ours.
  static func warning(option: String, path: String) -> Diagnostic? {
    guard let status = try? Files.status(path), status.kind == .directory else { return nil }
    let sticky: mode_t = 0o1000
    let isShared = status.mode & 0o022 != 0 && status.mode & sticky == 0
    guard status.user != geteuid() || isShared else { return nil }
    return Diagnostic(
      .warning, "other users of this machine can replace what is in \(path)",
      hint: "choose a directory of root's own with \(option)")
  }
}
