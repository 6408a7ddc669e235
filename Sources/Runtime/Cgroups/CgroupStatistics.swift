import Linux

/// What a container uses at one moment.
package struct ContainerStatistics: Sendable, Hashable {
  /// Processor time used so far, in nanoseconds.
  package var processorNanoseconds: UInt64 = 0
  /// Memory in use, in bytes, without file pages that can go at once.
  package var memory: UInt64 = 0
  /// The limit for memory, in bytes; nil for none.
  package var memoryLimit: UInt64?
  /// The number of processes and threads.
  package var processes: UInt64 = 0
  /// Bytes read from block devices so far.
  package var blockRead: UInt64 = 0
  /// Bytes written to block devices so far.
  package var blockWritten: UInt64 = 0
  /// Bytes received over its links so far, the loopback not counted.
  package var networkReceived: UInt64 = 0
  /// Bytes sent over its links so far, the loopback not counted.
  package var networkSent: UInt64 = 0
}

extension CgroupManager {
  /// What the processes of a cgroup use; the network is not known here.
  package func statistics(_ path: String) -> ContainerStatistics {
    var result = ContainerStatistics()
    switch hierarchies {
    case .unified(let root): readUnified("\(root)/\(path)", &result)
    case .legacy(let controllers): readLegacy(controllers, path, &result)
    }
    return result
  }

  private func readUnified(_ directory: String, _ result: inout ContainerStatistics) {
    result.processorNanoseconds = (counter("\(directory)/cpu.stat", "usage_usec") ?? 0) * 1000
    let current = number("\(directory)/memory.current") ?? 0
    let inactive = counter("\(directory)/memory.stat", "inactive_file") ?? 0
    result.memory = current > inactive ? current - inactive : current
    result.memoryLimit = number("\(directory)/memory.max")
    result.processes = number("\(directory)/pids.current") ?? 0
    for word in words("\(directory)/io.stat") {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
      if parts[0] == "rbytes" { result.blockRead += value }
      if parts[0] == "wbytes" { result.blockWritten += value }
    }
  }

  private func readLegacy(
    _ controllers: [String: String], _ path: String, _ result: inout ContainerStatistics
  ) {
    func file(_ controller: String, _ name: String) -> String {
      "\(controllers[controller] ?? "/nonexistent")/\(path)/\(name)"
    }
    result.processorNanoseconds = number(file("cpuacct", "cpuacct.usage")) ?? 0
    let current = number(file("memory", "memory.usage_in_bytes")) ?? 0
    let inactive = counter(file("memory", "memory.stat"), "total_inactive_file") ?? 0
    result.memory = current > inactive ? current - inactive : current
    // No limit reads as the largest number of pages.
    result.memoryLimit = number(file("memory", "memory.limit_in_bytes")).flatMap {
      $0 > 1 << 62 ? nil : $0
    }
    result.processes = number(file("pids", "pids.current")) ?? 0
    let service = (try? Files.readText(file("blkio", "blkio.throttle.io_service_bytes"))) ?? ""
    for line in service.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let value = UInt64(parts[2]) else { continue }
      if parts[1] == "Read" { result.blockRead += value }
      if parts[1] == "Write" { result.blockWritten += value }
    }
  }

  private func number(_ file: String) -> UInt64? {
    words(file).first.flatMap { UInt64($0) }
  }

  /// How many processes of a cgroup the kernel ended because memory ran out.
  package func oomKills(_ path: String) -> UInt64 {
    switch hierarchies {
    case .unified(let root):
      counter("\(root)/\(path)/memory.events", "oom_kill") ?? 0
    case .legacy(let controllers):
      controllers["memory"].flatMap { counter("\($0)/\(path)/memory.oom_control", "oom_kill") } ?? 0
    }
  }
}
