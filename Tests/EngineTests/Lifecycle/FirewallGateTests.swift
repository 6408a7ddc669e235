import Linux
import Model
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// When the packet filter is brought in step. What is applied is Networking's matter.
@Suite("The gate of the packet filter", .timeLimit(.standard))
struct FirewallGateTests {
  /// Stands for `nft`: notes the networks that were about to go in each run.
  private final class Runs: Sendable {
    private let state = Mutex<(runs: [Set<String>], running: Int, failures: Int)>(([], 0, 0))
    /// Runs wait here when there is something to hold them up.
    let hold = Mutex(false)

    var all: [Set<String>] { state.withLock { $0.runs } }
    var running: Int { state.withLock { $0.running } }

    func failOnce() { state.withLock { $0.failures = 1 } }

    func run(_ leaving: Set<String>) throws(EngineError) {
      let fails = state.withLock { state in
        state.running += 1
        state.runs.append(leaving)
        state.failures -= 1
        return state.failures >= 0
      }
      _ = eventually { !hold.withLock { $0 } }
      state.withLock { $0.running -= 1 }
      if fails { throw EngineError("nft is not there") }
    }
  }

  private let runs = Runs()
  private let gate: FirewallGate

  init() {
    let runs = runs
    gate = FirewallGate { leaving throws(EngineError) in try runs.run(leaving) }
  }

  @Test("the first to wait brings the rules in step, since nobody knows what they are")
  func first() throws {
    try gate.ready()
    #expect(runs.all == [[]])
    try gate.ready()
    try gate.flush()
    #expect(runs.all.count == 1, "nothing changed")
  }

  @Test("ports are opened by a flush alone, and all of them by one")
  func ports() throws {
    try gate.ready()
    for _ in 0..<10 { gate.portsChanged() }
    try gate.ready()
    #expect(runs.all.count == 1)
    try gate.flush()
    #expect(runs.all.count == 2)
  }

  @Test("the early run begins once all networks are there")
  func early() throws {
    gate.begin(afterMade: 2, leaving: 0)
    gate.networkMade("a")
    #expect(runs.all.isEmpty)
    gate.networkMade("b")
    #expect(eventually { runs.all.count == 1 && runs.running == 0 })
    try gate.ready()
    #expect(runs.all.count == 1, "it was in time")
  }

  @Test("the last network that goes waits until the rules have let go of all of them")
  func leaving() throws {
    gate.begin(afterMade: 0, leaving: 2)
    gate.networkLeaves("a")
    #expect(runs.all.isEmpty)
    gate.networkLeaves("b")
    #expect(runs.all.last == ["a", "b"] && runs.running == 0)
    gate.networkRemoved("a")
    try gate.flush()
    #expect(runs.all.last == ["b"])
  }

  @Test("a network that was about to go and is made anew has rules again")
  func madeAgain() throws {
    gate.networkLeaves("a")
    gate.networkMade("a")
    try gate.ready()
    #expect(runs.all == [[]])
  }

  @Test("what changes during a run is in the next one, and there are never two at once")
  func duringRun() throws {
    runs.hold.withLock { $0 = true }
    let done = try Descriptors.pipe()
    for _ in 0..<8 {
      let writer = try Descriptors.duplicate(done.write.raw)
      WorkerThread.start { [gate] in
        gate.portsChanged()
        try? gate.flush()
        writer.close()
      }
    }
    done.write.close()
    #expect(eventually { runs.running == 1 })
    gate.portsChanged()
    #expect(runs.running == 1)
    runs.hold.withLock { $0 = false }
    try gate.flush()
    _ = try Descriptors.readAll(done.read.raw)
    #expect(runs.running == 0)
    #expect(runs.all.count >= 2 && runs.all.count <= 10)
    let count = runs.all.count
    try gate.flush()
    #expect(runs.all.count == count, "everything is in step")
  }

  @Test("a failure is told to who waits, and the next one tries again")
  func failure() throws {
    runs.failOnce()
    let error = #expect(throws: EngineError.self) { try gate.ready() }
    #expect(error?.diagnostics.first?.message == "nft is not there")
    try gate.ready()
    #expect(runs.all.count == 2)
  }

  @Test("a failure of the early run is met again by who waits")
  func earlyFailure() throws {
    runs.failOnce()
    gate.begin(afterMade: 1, leaving: 0)
    gate.networkMade("a")
    #expect(eventually { runs.all.count == 1 && runs.running == 0 })
    try gate.ready()
    #expect(runs.all.count == 2)
  }
}
