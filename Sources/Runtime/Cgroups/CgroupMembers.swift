import Glibc
import Linux

extension CgroupManager {
  /// What makes a new process a member of a cgroup from its first instruction on.
  package enum Membership {
    /// The directory for `CLONE_INTO_CGROUP`.
    case descriptor(OwnedDescriptor)
    /// Files into which the process writes `0` itself while it has one thread: that is much
    /// cheaper than being moved, which waits for all processors.
    case files([String])

    /// Lets the directory go: it is one of the machine's.
    package func close() {
      if case .descriptor(let directory) = self { directory.close() }
    }
  }

  /// How to join a cgroup.
  package func membership(_ path: String) throws(SyscallError) -> Membership {
    switch hierarchies {
    case .unified(let root):
      .descriptor(try Files.open("\(root)/\(path)", O_RDONLY | O_DIRECTORY))
    case .legacy:
      .files(directories(path).filter { Files.exists($0) }.map { "\($0)/tasks" })
    }
  }

  /// Joins with the calling process, which must have one thread.
  package static func join(_ membership: Membership) throws(SyscallError) {
    guard case .files(let files) = membership else { return }
    for file in files { try Files.overwrite(file, "0") }
  }

  /// The pids in a cgroup, in order, those of cgroups below it not.
  package func processes(_ path: String) -> [Int32] {
    guard let directory = directory(path, controller: "pids") ?? directories(path).first else {
      return []
    }
    return words("\(directory)/cgroup.procs").compactMap { Int32($0) }.sorted()
  }

  /// Sends a signal to every process of a cgroup; `SIGKILL` also ends those that are being made.
  package func signalAll(_ path: String, _ number: Int32) {
    if number == SIGKILL, case .unified(let root) = hierarchies,
      (try? Files.overwrite("\(root)/\(path)/cgroup.kill", "1")) != nil
    {
      return
    }
    for _ in 0..<100 {
      let pids = processes(path).filter { ProcessTable.stat($0)?.hasEnded == false }
      if pids.isEmpty { return }
      for pid in pids { kill(pid, number) }
      if number != SIGKILL { return }
      usleep(1000)
    }
  }
}

// MARK: - Pausing

extension CgroupManager {
  /// Stops all processes of a cgroup where they are, and waits until they stand still.
  package func freeze(_ path: String) throws(SyscallError) { try setFrozen(path, true) }

  /// Lets them go on.
  package func thaw(_ path: String) throws(SyscallError) { try setFrozen(path, false) }

  /// True while the processes of a cgroup are stopped.
  package func isFrozen(_ path: String) -> Bool {
    switch hierarchies {
    case .unified(let root):
      return words("\(root)/\(path)/cgroup.freeze") == ["1"]
    case .legacy(let controllers):
      guard let freezer = controllers["freezer"] else { return false }
      return words("\(freezer)/\(path)/freezer.state") == ["FROZEN"]
    }
  }

  private func setFrozen(_ path: String, _ frozen: Bool) throws(SyscallError) {
    let file: String
    let value: String
    let isReached: () -> Bool
    switch hierarchies {
    case .unified(let root):
      file = "\(root)/\(path)/cgroup.freeze"
      value = frozen ? "1" : "0"
      let events = "\(root)/\(path)/cgroup.events"
      isReached = { self.counter(events, "frozen") == (frozen ? 1 : 0) }
    case .legacy(let controllers):
      guard let freezer = controllers["freezer"] else {
        throw SyscallError("freeze", path: path, errno: EOPNOTSUPP)
      }
      file = "\(freezer)/\(path)/freezer.state"
      value = frozen ? "FROZEN" : "THAWED"
      isReached = { self.words(file) == [value] }
    }
    let end = Clock.monotonicNanoseconds() + 10_000_000_000
    try Files.overwrite(file, value)
    while !isReached() {
      guard Clock.monotonicNanoseconds() < end else {
        throw SyscallError("freeze", path: path, errno: ETIMEDOUT)
      }
      usleep(500)
      // A process that was being made may have to be told again.
      try Files.overwrite(file, value)
    }
  }

  /// The number after `name` in a file of names and numbers.
  func counter(_ file: String, _ name: String) -> UInt64? {
    guard let text = try? Files.readText(file) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2, parts[0] == name { return UInt64(parts[1]) }
    }
    return nil
  }
}
