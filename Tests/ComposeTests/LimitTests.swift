import Compose
import Model
import TestSupport
import Testing

@Suite("Limits that no container can have", .timeLimit(.standard))
struct LimitTests {
  private func load(_ lines: String) throws -> Service {
    let body = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    let file = "services:\n  web:\n    image: x\n\(body)"
    let request = LoadRequest(workingDirectory: "/p", environment: [:])
    let loaded = try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request)
    return try #require(loaded.project?.service("web"))
  }

  private static func onTwo(_ service: Service) -> [Diagnostic] {
    service.problems + LimitChecks.problems(of: service, processors: 2, online: [0, 1])
  }

  @Test(
    "they are refused by their key and line, before anything is made",
    arguments: [
      ("cpus: -1", "cpus", "0.01 or more"), ("cpus: 0.001", "cpus", "0.01 or more"),
      ("cpus: 1000", "cpus", "0.01 to 2"), ("cpus: 2.5", "cpus", "0.01 to 2"),
      ("cpus: \"3\"", "cpus", "0.01 to 2"),
      (
        "deploy: {resources: {limits: {cpus: '3'}}}", "deploy.resources.limits.cpus", "0.01 to 2"
      ),
      (
        "deploy: {resources: {limits: {cpus: '-1'}}}", "deploy.resources.limits.cpus",
        "0.01 or more"
      ),
      ("cpus: 1\ncpu_quota: 50000", "cpus", "keep one"),
      ("cpu_period: 10", "cpu_period", "1000 to 1000000"),
      ("cpu_quota: 10", "cpu_quota", "1000 or more"),
      ("cpu_shares: -1", "cpu_shares", "positive"),
      ("mem_limit: 1m", "mem_limit", "the least is 6m"),
      ("mem_limit: 512", "mem_limit", "the least is 6m"),
      (
        "deploy: {resources: {limits: {memory: '512'}}}", "deploy.resources.limits.memory",
        "the least is 6m"
      ),
      ("mem_reservation: 1m", "mem_reservation", "the least is 6m"),
      ("mem_limit: 64m\nmem_reservation: 65m", "mem_reservation", "at most 64MiB"),
      (
        "deploy: {resources: {limits: {memory: 64m}, reservations: {memory: 1g}}}",
        "deploy.resources.reservations.memory", "at most 64MiB"
      ),
      ("mem_limit: 64m\nmemswap_limit: 32m", "memswap_limit", "at least 64MiB"),
      ("memswap_limit: 32m", "memswap_limit", "add `mem_limit`"),
      ("mem_swappiness: 200", "mem_swappiness", "0 to 100"),
      ("pids_limit: -5", "pids_limit", "-1 is without limit"),
      ("cpuset: '77'", "cpuset", "are 0, 1"), ("cpuset: '0-3'", "cpuset", "are 0, 1"),
      ("cpuset: x", "cpuset", "such as \"0-2,4\""), ("cpuset: '1-0'", "cpuset", "such as"),
      ("cpuset: '0,'", "cpuset", "such as"),
      ("blkio_config: {weight: 5}", "blkio_config.weight", "10 to 1000"),
    ])
  func refused(lines: String, key: String, hint: String) throws {
    let problems = Self.onTwo(try load(lines))
    #expect(problems.map(\.severity) == [.error], "\(problems)")
    #expect(problems.first?.path == "services.web.\(key)")
    #expect((problems.first?.location?.line ?? 0) >= 4)
    #expect(problems.first?.hint?.contains(hint) == true, "\(problems)")
  }

  @Test(
    "what the engine takes is taken",
    arguments: [
      "cpus: 2", "cpus: 0.01", "cpus: 0", "mem_limit: 6m", "mem_limit: 0", "pids_limit: -1",
      "mem_limit: 64m\nmemswap_limit: -1", "mem_limit: 64m\nmemswap_limit: 64m",
      "mem_limit: 64m\nmem_reservation: 64m", "mem_swappiness: 0", "mem_swappiness: 100",
      "cpuset: 0-1", "cpuset: '0,1'", "cpu_quota: -1", "cpu_period: 100000\ncpu_quota: 50000",
      "memswap_limit: -1", "memswap_limit: 0", "blkio_config: {weight: 10}",
    ])
  func taken(lines: String) throws {
    #expect(Self.onTwo(try load(lines)) == [])
  }
}
