import Glibc
import Linux
import Model
import Runtime
import State

/// The files of a run, and the lock that lets one shim at a time have them.
enum RunFiles {
  /// Takes the lock, brings an earlier run to its end whose shim was killed, and records this shim.
  ///
  /// - Returns: the lock; it is given back when it is closed.
  static func prepare(
    _ container: ContainerLayout, _ spec: ContainerSpec
  ) throws(LaunchFailure) -> OwnedDescriptor {
    let taken = try stage("shim") { () throws(SyscallError) in
      try Files.makeDirectories(container.run, mode: 0o700)
      return try lockAfterEnd(container)
    }
    guard let taken else {
      throw LaunchFailure(stage: "shim", message: "the container is running already")
    }
    if let record = InitRecord.readIfUsable(container.initPID) {
      AbandonedRun(container, spec, record).finish()
    }
    try stage("shim") { () throws(SyscallError) in
      KeeperProcess.find(container)?.end()
      remove(container)
      try recordShim(container)
    }
    return taken
  }

  // A shim whose container has ended is busy for a moment with the traces.
  private static func lockAfterEnd(
    _ container: ContainerLayout
  ) throws(SyscallError) -> OwnedDescriptor? {
    for _ in 0..<3000 {
      if let taken = try lock(container) { return taken }
      if InitRecord.readIfUsable(container.initPID)?.process.isAlive ?? false { return nil }
      usleep(1000)
    }
    return nil
  }

  /// The lock of a container's run, or nil when another shim has it.
  static func lock(_ container: ContainerLayout) throws(SyscallError) -> OwnedDescriptor? {
    let directory = try Files.open(container.run, O_RDONLY | O_DIRECTORY)
    return flock(directory.raw, LOCK_EX | LOCK_NB) == 0 ? directory : nil
  }

  static func recordShim(_ container: ContainerLayout) throws(SyscallError) {
    try ProcessIdentity.ofThisProcess().write(container.shimPID)
  }

  /// Removes what ends with a run, and what a shim that was killed was writing of it.
  static func remove(_ container: ContainerLayout) {
    try? Files.removeWithRemains(container.runFiles)
  }
}

extension ContainerSpec {
  /// The compiled seccomp program that a container's processes load; nil for none. What whoever
  /// started us laid down counts, then the file that an old specification names.
  func seccompProgram(of container: ContainerLayout) throws(SyscallError) -> [UInt8]? {
    guard seccomp != nil || seccompProgram != nil else { return nil }
    if let bytes = try Files.readIfPresent(container.seccomp) { return bytes }
    return try Files.read(seccompProgram ?? container.seccomp)
  }

  /// Reads a specification from its file.
  static func read(_ path: String) throws(LaunchFailure) -> ContainerSpec {
    let bytes = try stage("specification") { () throws(SyscallError) in try Files.read(path) }
    return try reading("specification") { () throws(RecordError) in
      try ContainerSpec(text: bytes, of: .file(path))
    }
  }
}

/// Runs `body`, which reads records, and says of what stage of a start or command one was that
/// cannot be used.
func reading<Result>(
  _ stage: String, _ body: () throws(RecordError) -> Result
) throws(LaunchFailure) -> Result {
  do { return try body() } catch {
    throw LaunchFailure(stage: stage, message: error.description)
  }
}
