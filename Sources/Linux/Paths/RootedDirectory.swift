import Glibc

/// A directory that is the root of every path that it is given.
///
/// Whatever an image, a container, a volume or a build context can have a say in is looked up
/// through one: links, `..` and what somebody puts in the place of something else meanwhile cannot
/// lead out of it, and what was found is used as the descriptor that comes back, not looked up
/// again. Links that only the kernel can follow (`/proc/PID/fd`, `cwd`, `root`, `exe`) lead nowhere.
///
/// Source: openat2(2); a kernel without it gets a walk name by name.
package struct RootedDirectory {
  /// The directory.
  package let descriptor: OwnedDescriptor
  private let calls: any PathCalls

  /// Takes an open directory.
  package init(_ descriptor: OwnedDescriptor, calls: any PathCalls = LiveKernel()) {
    self.descriptor = descriptor
    self.calls = calls
  }

  /// Opens a directory by a path that nobody but us and the user has a say in.
  package init(
    opening path: String, calls: any PathCalls = LiveKernel()
  ) throws(SyscallError) {
    let flags = Files.pathOnly | O_DIRECTORY
    self.init(try calls.open(path, flags, mode: 0, at: AT_FDCWD), calls: calls)
  }

  /// Opens a file or directory; without other flags as a place, for what needs no more.
  package func open(
    _ path: String, _ flags: Int32 = Files.pathOnly, mode: mode_t = 0,
    _ rules: PathRules = .inside
  ) throws(SyscallError) -> OwnedDescriptor {
    try calls.open(below: descriptor.raw, path, flags, mode: mode, rules)
  }

  /// Opens a file or directory as a place.
  package func open(
    _ path: String, _ rules: PathRules
  ) throws(SyscallError) -> OwnedDescriptor {
    try open(path, Files.pathOnly, rules)
  }

  /// Opens a directory as a place.
  package func openDirectory(
    _ path: String, _ rules: PathRules = .inside
  ) throws(SyscallError) -> OwnedDescriptor {
    try open(path, Files.pathOnly | O_DIRECTORY, rules)
  }

  /// What the kernel knows of a file; a link at the end is followed unless links are refused.
  package func status(
    _ path: String, _ rules: PathRules = .inside
  ) throws(SyscallError) -> FileStatus {
    let flags = rules.followsLinks ? Files.pathOnly : Files.pathOnly | O_NOFOLLOW
    let place = try open(path, flags, rules)
    return try calls.status(descriptor: place.raw)
  }

  /// True when something is there, even a link that leads nowhere.
  package func exists(_ path: String, _ rules: PathRules = .inside) -> Bool {
    (try? open(path, Files.pathOnly | O_NOFOLLOW, rules)) != nil
  }

  /// The content of a regular file, at most `limit` bytes; nil when it is none or cannot be read.
  /// A pipe or a device is not read, nor waited for.
  package func regularFile(_ path: String, limit: Int) -> [UInt8]? {
    // Opening a device may already do something.
    guard (try? status(path))?.kind == .regular,
      let file = try? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY),
      (try? calls.status(descriptor: file.raw))?.kind == .regular
    else { return nil }
    return try? Descriptors.readAll(file.raw, limit: limit)
  }

  /// The names in a directory, sorted.
  package func list(
    _ path: String, _ rules: PathRules = .inside
  ) throws(SyscallError) -> [String] {
    let directory = try open(path, O_RDONLY | O_DIRECTORY, rules)
    return try Files.entries(directory, path: path).map(\.name).sorted()
  }

  /// Makes a directory and those above it, and returns it as a place. Existing ones stay as they
  /// are; where a link leads nowhere, what it reads is made.
  package func makeDirectory(
    _ path: String, mode: mode_t = 0o755, _ rules: PathRules = .inside
  ) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      return try openDirectory(path, rules)
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
    return try make(path, .directory(mode), rules, Files.pathOnly | O_DIRECTORY)
  }

  /// The place of a file, which is made empty, with the directories above it, when nothing is there.
  package func makeFile(
    _ path: String, mode: mode_t = 0o644, _ rules: PathRules = .inside
  ) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      return try open(path, Files.pathOnly, rules)
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
    return try make(path, .file(mode), rules, Files.pathOnly)
  }

  private func make(
    _ path: String, _ missing: PathWalk.Missing, _ rules: PathRules, _ flags: Int32
  ) throws(SyscallError) -> OwnedDescriptor {
    var walk = try PathWalk(path, below: descriptor.raw, rules, missing: missing, calls)
    return try walk.open(flags)
  }

  /// Makes a symbolic link that reads `target`.
  package func makeLink(_ path: String, to target: String) throws(SyscallError) {
    let (directory, name) = try parent(of: path, .inside)
    try calls.makeLink(name, to: target, at: directory.raw, path: path)
  }

  /// Makes a device node with exactly this mode and owner in the place of what is there; the
  /// directories above it are made.
  package func makeDevice(
    _ path: String, _ device: DeviceNumber, mode: mode_t, user: uid_t = 0, group: gid_t = 0
  ) throws(SyscallError) {
    let (directory, name) = try parent(of: path, .inside, makes: true)
    do throws(SyscallError) {
      try calls.remove(name, isDirectory: false, at: directory.raw, path: path)
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
    try calls.makeDevice(name, device, mode: mode, at: directory.raw, path: path)
    guard user != 0 || group != 0 else { return }
    try calls.setOwner(name, user: user, group: group, at: directory.raw, path: path)
  }

  /// Removes a file or link, or an empty directory. By default no link is followed on the way.
  package func remove(
    _ path: String, isDirectory: Bool = false, _ rules: PathRules = .withoutLinks
  ) throws(SyscallError) {
    let (directory, name) = try parent(of: path, rules)
    try calls.remove(name, isDirectory: isDirectory, at: directory.raw, path: path)
  }

  /// The directory that a path's last name is in, and that name.
  private func parent(
    of path: String, _ rules: PathRules, makes: Bool = false
  ) throws(SyscallError) -> (OwnedDescriptor, String) {
    let names = path.split(separator: "/")
    guard let name = names.last, name != ".", name != ".." else {
      throw SyscallError("open", path: path, errno: EINVAL)
    }
    let rest = "/" + names.dropLast().joined(separator: "/")
    let above = rules.scope == .beneath ? "." + rest : rest
    let directory =
      try makes
      ? makeDirectory(above, rules) : openDirectory(above, rules)
    return (directory, String(name))
  }
}
