import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("The health of a container", .timeLimit(.standard))
struct HealthMachineTests {
  static let second: Int64 = 1_000_000_000

  static func check(
    interval: Int = 10, retries: Int = 3, startPeriod: Int = 0, startInterval: Int = 5
  ) -> HealthcheckRecord {
    var check = HealthcheckRecord(command: ["true"])
    check.interval = .seconds(interval)
    check.retries = retries
    check.startPeriod = .seconds(startPeriod)
    check.startInterval = .seconds(startInterval)
    return check
  }

  static func probe(_ code: Int32) -> HealthProbe {
    HealthProbe(
      started: Timestamp(seconds: 1), ended: Timestamp(seconds: 2), exitCode: code, output: "out")
  }

  /// Each probe: the second at which it began and ended, its exit code, and what is thought after.
  typealias Step = (at: Int64, code: Int32, status: HealthStatus)

  static let courses: [(name: String, check: HealthcheckRecord, steps: [Step])] = [
    ("a first success is enough", check(), [(10, 0, .healthy)]),
    (
      "failures in a row make it unhealthy", check(),
      [(10, 1, .starting), (20, 1, .starting), (30, 1, .unhealthy)]
    ),
    (
      "a success between failures begins the count anew", check(retries: 2),
      [(10, 1, .starting), (20, 0, .healthy), (30, 1, .healthy), (40, 1, .unhealthy)]
    ),
    ("an unhealthy one recovers", check(retries: 1), [(10, 1, .unhealthy), (20, 0, .healthy)]),
    ("a probe that took too long is a failure", check(retries: 1), [(10, -1, .unhealthy)]),
    (
      "failures of the start period do not count", check(retries: 1, startPeriod: 30),
      [(5, 1, .starting), (10, 1, .starting), (29, 1, .starting), (30, 1, .unhealthy)]
    ),
    (
      "a success ends the start period", check(retries: 1, startPeriod: 30),
      [(5, 0, .healthy), (10, 1, .unhealthy)]
    ),
    (
      "early failures do not count, an early success does", check(retries: 1),
      [(1, 1, .starting), (2, 1, .starting), (3, 0, .healthy)]
    ),
    ("no retries means one failure", check(retries: 0), [(10, 1, .unhealthy)]),
  ]

  @Test("goes by the book", arguments: courses.indices)
  func course(index: Int) {
    let course = Self.courses[index]
    var machine = HealthMachine(course.check, startedAt: 0)
    for step in course.steps {
      let before = machine.status
      let moment = step.at * Self.second
      let change = machine.record(Self.probe(step.code), began: moment, now: moment)
      #expect(machine.status == step.status, "\(course.name), at second \(step.at)")
      #expect(change == (before == step.status ? nil : step.status), "\(course.name)")
    }
  }

  /// The moments in milliseconds at which probes are due when all fail at once.
  private func due(_ check: HealthcheckRecord, count: Int) -> [Int64] {
    var machine = HealthMachine(check, startedAt: 0)
    return (0..<count).map { _ in
      let now = machine.nextProbe
      _ = machine.record(Self.probe(1), began: now, now: now)
      return now / 1_000_000
    }
  }

  @Test("early probes come in growing distances until the first regular one")
  func earlyProbes() {
    #expect(
      due(Self.check(interval: 3), count: 8) == [100, 300, 700, 1500, 3000, 6000, 9000, 12_000])
  }

  @Test("a short interval has no early probes")
  func shortInterval() {
    var check = Self.check()
    check.interval = .milliseconds(50)
    #expect(due(check, count: 3) == [50, 100, 150])
  }

  @Test("in the start period probes are due at its own interval")
  func startInterval() {
    #expect(
      due(Self.check(interval: 10, retries: 9, startPeriod: 3, startInterval: 1), count: 7)
        == [100, 300, 700, 1000, 2000, 3000, 13_000])
  }

  @Test("the pause begins when a probe ends, and once healthy is the regular one")
  func pauseAfterEnd() {
    var machine = HealthMachine(Self.check(startPeriod: 60), startedAt: 0)
    _ = machine.record(Self.probe(0), began: 5 * Self.second, now: 9 * Self.second)
    #expect(machine.nextProbe == 19 * Self.second)
  }

  @Test("the moment of the start counts, not that of the clock")
  func startedAt() {
    let start = 1000 * Self.second
    var machine = HealthMachine(Self.check(retries: 1, startPeriod: 10), startedAt: start)
    #expect(machine.nextProbe == start + 100_000_000)
    _ = machine.record(Self.probe(1), began: start + 9 * Self.second, now: start + 9 * Self.second)
    #expect(machine.status == .starting)
  }

  @Test("pauses of centuries are no reason to fall over")
  func centuries() {
    var check = Self.check()
    check.interval = Duration.nanoseconds(Int64.max)
    check.startPeriod = Duration.nanoseconds(Int64.max)
    var machine = HealthMachine(check, startedAt: Self.second)
    _ = machine.record(Self.probe(0), began: 2 * Self.second, now: 3 * Self.second)
    #expect(machine.status == .healthy)
    #expect(machine.nextProbe == .max)
  }

  @Test("only the last probes are remembered")
  func remembered() {
    var machine = HealthMachine(Self.check(retries: 99), startedAt: 0)
    for code in 1...8 {
      let moment = Int64(code) * 10 * Self.second
      _ = machine.record(Self.probe(Int32(code)), began: moment, now: moment)
    }
    #expect(machine.probes.map(\.exitCode) == [4, 5, 6, 7, 8])
    #expect(machine.failingStreak == 8)
  }

  @Test("what is written to the disk reads back")
  func json() throws {
    var machine = HealthMachine(Self.check(retries: 1), startedAt: 0)
    _ = machine.record(Self.probe(7), began: 10 * Self.second, now: 10 * Self.second)
    let report = try HealthReport(
      json: JSON.parse(machine.report.json.text()), of: .file("health.json"))
    #expect(report.status == .unhealthy)
    #expect(report.failingStreak == 1)
    #expect(report.probes == machine.probes)
    #expect(try HealthReport(json: [:], of: .file("health.json")).status == .starting)
  }
}
