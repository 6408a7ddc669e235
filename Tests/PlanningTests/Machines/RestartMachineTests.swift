import Model
import State
import TestSupport
import Testing

@testable import Planning

@Suite("Restart policies", .timeLimit(.standard))
struct RestartMachineTests {
  /// The pauses in milliseconds after which a container that ends with these codes is started
  /// again; nil where it stays.
  private func pauses(
    _ settings: RestartSettings, codes: [Int32], runtime: Duration = .zero
  ) -> [Int64?] {
    var machine = RestartMachine(settings)
    return codes.map { code in
      switch machine.ended(code: code, after: runtime, stoppedByHand: false) {
      case .stay: nil
      case .restart(let pause): pause.wholeNanoseconds / 1_000_000
      }
    }
  }

  static let rules: [(RestartPolicy, codes: [Int32], pauses: [Int64?])] = [
    (.no, [0, 1], [nil, nil]),
    (.always, [0, 1, 0], [100, 200, 400]),
    (.unlessStopped, [0, 137], [100, 200]),
    (.onFailure(maximum: nil), [1, 0, 2], [100, nil, 200]),
    (.onFailure(maximum: 2), [1, 1, 1, 1], [100, 200, nil, nil]),
  ]

  @Test("each policy starts again what it should", arguments: rules)
  func policies(policy: RestartPolicy, codes: [Int32], expected: [Int64?]) {
    #expect(pauses(RestartSettings(policy), codes: codes) == expected)
  }

  @Test("pauses double up to a minute")
  func growth() {
    #expect(
      pauses(RestartSettings(.always), codes: Array(repeating: 1, count: 12)) == [
        100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
      ])
  }

  @Test("a delay of its own does not grow")
  func ownDelay() {
    let settings = RestartSettings(.always, delay: .seconds(2))
    #expect(pauses(settings, codes: [1, 1, 1]) == [2000, 2000, 2000])
  }

  @Test("a long run begins the pauses anew", arguments: [RestartPolicy.always, .unlessStopped])
  func longRun(policy: RestartPolicy) {
    #expect(
      pauses(RestartSettings(policy), codes: [1, 1, 1], runtime: .seconds(10)) == [100, 100, 100])
    #expect(
      pauses(RestartSettings(policy), codes: [1, 1, 1], runtime: .milliseconds(9999))
        == [100, 200, 400])
  }

  @Test("attempts begin anew only after a run of the window's length")
  func window() {
    let policy = RestartPolicy.onFailure(maximum: 1)
    let settings = RestartSettings(policy, window: .seconds(5))
    #expect(pauses(settings, codes: [1, 1, 1], runtime: .seconds(4)) == [100, nil, nil])
    #expect(pauses(settings, codes: [1, 1], runtime: .seconds(5)) == [100, 200])
    #expect(pauses(RestartSettings(policy), codes: [1, 1], runtime: .seconds(60)) == [100, nil])
  }

  @Test("a stop by hand is the end, whatever the policy", arguments: rules.map(\.0))
  func stoppedByHand(policy: RestartPolicy) {
    var machine = RestartMachine(RestartSettings(policy))
    #expect(machine.ended(code: 1, after: .zero, stoppedByHand: true) == .stay)
    #expect(machine.count == 0)
  }

  @Test("counts go on where they stood after a restart of the supervisor")
  func json() throws {
    let settings = RestartSettings(.onFailure(maximum: 3))
    var machine = RestartMachine(settings)
    for _ in 0..<2 { _ = machine.ended(code: 1, after: .zero, stoppedByHand: false) }
    var later = RestartMachine(settings, record: machine.record)
    #expect(later == machine)
    #expect(
      later.ended(code: 1, after: .zero, stoppedByHand: false)
        == .restart(after: .milliseconds(400)))
    #expect(later.ended(code: 1, after: .zero, stoppedByHand: false) == .stay)
    #expect(later.count == 3)
    #expect(RestartMachine(settings, record: nil) == RestartMachine(settings))
  }
}
