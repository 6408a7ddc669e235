import Engine
import Glibc
import Model

/// What one container uses, in the words of `docker stats`.
struct UsageRow {
  private let usage: ContainerUsage
  private let earlier: ContainerUsage?

  init(_ usage: ContainerUsage, since earlier: ContainerUsage?) {
    self.usage = usage
    self.earlier = earlier
  }

  /// The object of the row; members that nothing is known of are `--`.
  func json(cut: Bool) -> JSON {
    let id = cut ? usage.container.id.short : usage.container.id.hex
    var values = JSONObject([
      ("BlockIO", "--"), ("CPUPerc", "--"), ("Container", .string(id)), ("ID", .string(id)),
      ("MemPerc", "--"), ("MemUsage", "-- / --"), ("Name", .string(usage.container.name)),
      ("NetIO", "--"), ("PIDs", "--"),
    ])
    guard let now = usage.amounts else { return .object(values) }
    let limit = now.memoryLimit.map { min($0, Self.machineMemory) } ?? Self.machineMemory
    values["CPUPerc"] = .string(Self.percent(processorShare(now)))
    values["MemUsage"] = .string(
      "\(HumanSize.binary(Int64(clamping: now.memory))) / \(HumanSize.binary(Int64(clamping: limit)))"
    )
    values["MemPerc"] = .string(Self.percent(limit > 0 ? Double(now.memory) / Double(limit) : 0))
    values["NetIO"] = .string(Self.both(now.network.received, now.network.sent))
    values["BlockIO"] = .string(Self.both(now.block.read, now.block.written))
    values["PIDs"] = .string(String(now.processes))
    return .object(values)
  }

  /// The share of one processor since the earlier look; two processors in full use are 2.
  private func processorShare(_ now: ContainerUsage.Amounts) -> Double {
    guard let earlier, let then = earlier.amounts, usage.moment > earlier.moment,
      now.processorNanoseconds >= then.processorNanoseconds
    else { return 0 }
    let used = Double(now.processorNanoseconds - then.processorNanoseconds)
    return used / Double(usage.moment - earlier.moment)
  }

  /// The memory of the machine, in bytes. Source: sysconf(3).
  private static let machineMemory =
    UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))

  private static func both(_ first: UInt64, _ second: UInt64) -> String {
    "\(HumanSize.decimal(Int64(clamping: first))) / \(HumanSize.decimal(Int64(clamping: second)))"
  }

  /// Two places after the point: `12.34%`.
  private static func percent(_ share: Double) -> String {
    let hundredths = Int64((share * 10_000).rounded())
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)%"
  }
}
