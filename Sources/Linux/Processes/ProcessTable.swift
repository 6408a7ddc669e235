import Glibc

/// What /proc says of one process. Source: proc_pid_stat(5).
package struct ProcessStat: Sendable, Hashable {
  /// The process id.
  package var pid: Int32
  /// The name of the program, at most 15 bytes.
  package var name: String
  /// `R` running, `S` sleeping, `Z` ended but not waited for, …
  package var state: Character
  /// The parent's id.
  package var parent: Int32
  /// When it started, in clock ticks since boot.
  package var startTime: UInt64
  /// How long it and its threads have computed, in clock ticks.
  package var processorTime: UInt64
  /// True from when it begins to end: it may have files open still, but nothing runs in it any more.
  package var isEnding: Bool
  /// The wait status, once it ended and if we may read it.
  package var waitStatus: Int32?

  /// True once it ended, even if nobody waited for it.
  package var hasEnded: Bool { state == "Z" || state == "X" || state == "x" }

  /// PF_EXITING of include/linux/sched.h.
  private static let exiting: UInt64 = 0x4

  /// Parses the text of /proc/PID/stat.
  package init?(_ text: some StringProtocol) {
    // The name stands in parentheses and may hold blanks and parentheses itself.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
      let pid = Int32(String(text[..<open].filter { $0 != " " }))
    else { return nil }
    let fields = text[text.index(after: close)...].split { $0 == " " || $0 == "\n" }
    guard fields.count >= 20, let state = fields[0].first, let parent = Int32(fields[1]),
      let flags = UInt64(fields[6]), let user = UInt64(fields[11]), let system = UInt64(fields[12]),
      let startTime = UInt64(fields[19])
    else { return nil }
    self.pid = pid
    name = String(text[text.index(after: open)..<close])
    self.state = state
    self.parent = parent
    self.startTime = startTime
    isEnding = flags & Self.exiting != 0
    processorTime = user + system
    waitStatus = fields.count >= 50 ? Int32(fields[49]) : nil
  }
}

/// The processes of the machine, through /proc.
package enum ProcessTable {
  /// The arguments of this process, the program's name first.
  ///
  /// Those of `CommandLine` come from the same file, but there are none when it cannot be read.
  package static func ownArguments() throws(SyscallError) -> [String] {
    try Files.readText("/proc/self/cmdline").split(
      separator: "\0", omittingEmptySubsequences: false
    ).dropLast().map(String.init)
  }

  /// What /proc says of a process; nil when there is none.
  package static func stat(_ pid: Int32) -> ProcessStat? {
    guard let text = try? Files.readText("/proc/\(pid)/stat") else { return nil }
    return ProcessStat(text)
  }

  /// `stat(_:)` for those who act upon the absence of a process.
  ///
  /// - Throws: when /proc cannot be read, so that nobody knows.
  package static func check(_ pid: Int32) throws(SyscallError) -> ProcessStat? {
    do throws(SyscallError) {
      return ProcessStat(try Files.readText("/proc/\(pid)/stat"))
    } catch {
      // The process may end between the two calls, the second of which then finds none.
      guard error.errno == ENOENT || error.errno == ESRCH else { throw error }
      return nil
    }
  }

  /// When a process started, in clock ticks since boot; nil when there is none.
  package static func startTime(_ pid: Int32) -> UInt64? { stat(pid)?.startTime }

  /// How many bytes a process has read so far, by any call; nil when nobody knows. Source:
  /// proc_pid_io(5), rchar.
  package static func bytesRead(_ pid: Int32) -> Int64? {
    guard let text = try? Files.readText("/proc/\(pid)/io") else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("rchar: ") }
    return line.flatMap { Int64($0.dropFirst("rchar: ".count)) }
  }

  /// All process ids, in order.
  package static func all() -> [Int32] {
    ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.sorted()
  }

  /// The children of a process, those of all its threads.
  package static func children(of pid: Int32) -> [Int32] {
    let tasks = (try? Files.listIfPresent("/proc/\(pid)/task")) ?? []
    return tasks.flatMap { task in
      ((try? Files.readText("/proc/\(pid)/task/\(task)/children")) ?? "")
        .split(separator: " ").compactMap { Int32($0) }
    }
  }

  /// The arguments of a process; empty for one that ended and for threads of the kernel.
  package static func arguments(_ pid: Int32) -> [String] {
    guard let bytes = try? Files.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else { return [] }
    var parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    if bytes.last == 0 { parts.removeLast() }
    return parts.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The identity of a process's namespace, such as `pid:[4026531836]`.
  package static func namespace(_ kind: String, of pid: Int32) -> String? {
    try? Files.readLink("/proc/\(pid)/ns/\(kind)")
  }

  /// The identity of a namespace of the calling process. Its own pid would not do: in another pid
  /// namespace it stands for another process, or for none.
  package static func ownNamespace(_ kind: String) -> String? {
    try? Files.readLink("/proc/self/ns/\(kind)")
  }
}
