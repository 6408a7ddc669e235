import ArgumentParser
import Model

/// What the container may use.
struct LimitFlags: ParsableArguments {
  @Option(
    name: [.customShort("m", allowingJoined: true), .long], help: "The most memory, such as 512m.")
  var memory: String?
  @Option(help: "The most memory and swap together; -1 means without limit.")
  var memorySwap: String?
  @Option(help: "Memory that is kept from being reclaimed.")
  var memoryReservation: String?
  @Option(help: "How eagerly memory is swapped, 0 to 100.")
  var memorySwappiness: Int?
  @Option(help: "The most processors, such as 1.5.")
  var cpus: String?
  @Option(name: [.customShort("c"), .long], help: "The weight among others, 1024 being usual.")
  var cpuShares: Int?
  @Option(help: "The period of --cpu-quota in microseconds.")
  var cpuPeriod: Int?
  @Option(help: "Microseconds of processor time a period.")
  var cpuQuota: Int?
  @Option(help: "The processors it may run on, such as 0-2,4.")
  var cpusetCpus: String?
  @Option(help: "The most processes; -1 means without limit.")
  var pidsLimit: Int?
  @Option(help: "A limit of processes: name=soft[:hard]; may be repeated.")
  var ulimit: [String] = []
  @Option(help: "Added to the badness when memory runs out, -1000 to 1000.")
  var oomScoreAdj: Int?
  @Flag(help: "Have the kernel not kill it when memory runs out.")
  var oomKillDisable = false

  func add(to document: inout ContainerDocument) throws {
    document.set("mem_limit", Self.size(memory))
    document.set("memswap_limit", Self.size(memorySwap))
    document.set("mem_reservation", Self.size(memoryReservation))
    document.set("mem_swappiness", Self.number(memorySwappiness))
    document.set("cpus", cpus)
    document.set("cpu_shares", Self.number(cpuShares))
    document.set("cpu_period", Self.number(cpuPeriod))
    document.set("cpu_quota", Self.number(cpuQuota))
    document.set("cpuset", cpusetCpus)
    document.set("pids_limit", Self.number(pidsLimit))
    document.set("oom_score_adj", Self.number(oomScoreAdj))
    document.set("oom_kill_disable", flag: oomKillDisable)
    var limits = JSONObject()
    for word in ulimit {
      let (name, value) = Assignment.split(word)
      limits[name] = try limit(value, in: word)
    }
    if !limits.isEmpty { document.set("ulimits", .object(limits)) }
  }

  /// A size with a unit is a text, one without, and -1, a number.
  private static func size(_ text: String?) -> JSON? {
    text.map { text in Int64(text).map(JSON.integer) ?? .string(text) }
  }

  private static func number(_ value: Int?) -> JSON? { value.map { .integer(Int64($0)) } }

  private func limit(_ text: String?, in word: String) throws -> JSON {
    let bounds = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
      .map { $0 == "unlimited" ? -1 : Int64($0) }
    guard (1...2).contains(bounds.count), let soft = bounds[0], let hard = bounds[bounds.count - 1]
    else {
      throw ValidationError(
        "--ulimit \(word): expected NAME=SOFT[:HARD], such as nofile=1024:4096")
    }
    return ["soft": .integer(soft), "hard": .integer(hard)]
  }
}
