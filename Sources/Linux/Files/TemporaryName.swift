import Glibc

/// Names under which things are made before they are whole, and emptied before they are gone.
///
/// They carry the pid of the process that works on them: what a process that was killed left is
/// known by its name alone.
package enum TemporaryName {
  /// How such names end.
  static let ending = ".tmp"

  /// A name beside `path` for what will replace it.
  static func beside(_ path: String) -> String { "\(path).\(mark)\(ending)" }

  /// A name in a directory whose other names users choose: none of those begins with a dot.
  static func hidden(in directory: String) -> String { "\(directory)/.\(mark)\(ending)" }

  private static var mark: String {
    "\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
  }

  /// No file takes as long as this to be written. Past it the pid may be another process's.
  private static let longestUse = 3600

  /// Removes what processes that are gone left in a directory under such names. A directory that is
  /// not there holds none.
  ///
  /// - Parameter beginning: how the names of ours begin, where others may put files as well.
  package static func sweep(
    _ directory: String, beginning: String = ""
  ) throws(SyscallError) {
    for name in try Files.listIfPresent(directory) where name.hasPrefix(beginning) {
      guard isAbandoned(name, in: directory) else { continue }
      try Files.removeTree("\(directory)/\(name)")
    }
  }

  private static func isAbandoned(_ name: String, in directory: String) -> Bool {
    guard name.hasSuffix(ending),
      let mark = name.dropLast(ending.count).split(separator: ".").last,
      let dash = mark.firstIndex(of: "-"), let pid = Int32(mark[..<dash]), pid > 0
    else { return false }
    if kill(pid, 0) != 0, errno == ESRCH { return true }
    if ProcessTable.stat(pid)?.hasEnded == true { return true }
    var information = stat()
    guard lstat("\(directory)/\(name)", &information) == 0 else { return false }
    return information.st_ctim.tv_sec + longestUse < time(nil)
  }
}

/// Directories that are there with all that belongs into them, or not at all, whenever a process is
/// killed.
package enum WholeDirectory {
  /// Makes a directory: `fill` gets the path under which it is made, and it appears at `path` with
  /// everything in it.
  ///
  /// - Throws: `ENOTEMPTY` or `EEXIST` when another one is there.
  package static func make(
    _ path: String, mode: mode_t = 0o755, _ fill: (String) throws(SyscallError) -> Void
  ) throws(SyscallError) {
    let temporary = TemporaryName.hidden(in: Files.parent(of: path))
    try Files.makeDirectory(temporary, mode: mode)
    do throws(SyscallError) {
      try fill(temporary)
      try Files.rename(temporary, path)
    } catch {
      try? Files.removeTree(temporary)
      throw error
    }
  }

  /// Removes a directory with everything in it; nothing there is not an error. It is gone at once:
  /// what could not be removed of it, or was not when we were killed, has a temporary name.
  package static func remove(_ path: String) throws(SyscallError) {
    let temporary = TemporaryName.hidden(in: Files.parent(of: path))
    guard Glibc.rename(path, temporary) == 0 else {
      guard errno != ENOENT else { return }
      throw SyscallError("rename", path: path)
    }
    try Files.removeTree(temporary)
  }
}
