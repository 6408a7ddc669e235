import Glibc
import Linux
import State

/// The cgroups around a container's: the one that all share unless the file names another with
/// `cgroup_parent`. Those that were there before are somebody else's.
extension CgroupManager {
  /// Notes which directories around a cgroup are missing, and are thus made for it.
  func note(missingAround path: String, in notes: String?) throws(SyscallError) {
    let parts = path.split(separator: "/")
    guard let notes, parts.dropLast() != [Substring(CgroupSpec.standardParent)] else { return }
    for depth in 1..<max(1, parts.count) {
      for directory in directories(parts.prefix(depth).joined(separator: "/"))
      where !Files.exists(directory) {
        try Files.makeDirectories(notes, mode: 0o700)
        try Files.write(Self.note(directory, notes), [], mode: 0o600)
      }
    }
  }

  /// Removes the directories around one that are ours and empty.
  func removeEmpty(around directory: String, depth: Int, notes: String?) {
    var directory = directory
    for level in stride(from: depth, to: 0, by: -1) {
      directory = Files.parent(of: directory)
      let isStandard = level == 1 && Files.name(of: directory) == CgroupSpec.standardParent
      let note = notes.map { Self.note(directory, $0) }
      guard isStandard || note.map(Files.exists) == true else { return }
      guard rmdir(directory) == 0 || errno == ENOENT else { return }
      if let note { try? Files.removeIfPresent(note) }
    }
  }

  private static func note(_ directory: String, _ notes: String) -> String {
    "\(notes)/\(directory.replacing("%", with: "%25").replacing("/", with: "%2F"))"
  }

  // MARK: - Real time

  /// Whether processes of a cgroup can be given time for real-time scheduling.
  ///
  /// Source: sched(7), the kernel's scheduler/sched-rt-group.
  package var boundsRealtime: Bool {
    guard case .legacy(let controllers) = hierarchies, let root = controllers["cpu"] else {
      return false
    }
    return Files.exists("\(root)/cpu.rt_runtime_us")
  }

  /// A cgroup hands out what it has: the one that containers share gets as much from the machine
  /// as they are to have together. One that the file names has what its owner gave it.
  func makeRoomForRealtime(_ root: String, _ spec: CgroupSpec) throws(SyscallError) {
    guard let wanted = spec.realtimeRuntime, wanted > 0 else { return }
    let shared = "\(root)/\(CgroupSpec.standardParent)"
    guard "\(root)/\(spec.path)".hasPrefix("\(shared)/"), boundsRealtime else { return }
    var share = Self.share(wanted, of: spec.realtimePeriod ?? 1_000_000)
    for name in try Files.listIfPresent(shared)
    where Files.isDirectory("\(shared)/\(name)") && !spec.path.hasSuffix("/\(name)") {
      share += realtimeShare("\(shared)/\(name)")
    }
    guard share > realtimeShare(shared) else { return }
    let period = number("\(shared)/cpu.rt_period_us") ?? 1_000_000
    let runtime = Int64((share * Double(period)).rounded(.up))
    try Files.overwrite("\(shared)/cpu.rt_runtime_us", String(runtime))
  }

  private func realtimeShare(_ directory: String) -> Double {
    Self.share(
      number("\(directory)/cpu.rt_runtime_us") ?? 0,
      of: number("\(directory)/cpu.rt_period_us") ?? 1_000_000)
  }

  private static func share(_ runtime: Int64, of period: Int64) -> Double {
    Double(max(0, runtime)) / Double(max(1, period))
  }

  private func number(_ file: String) -> Int64? { words(file).first.flatMap { Int64($0) } }
}
