import Linux
import Model
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// When the packet filter is brought in step. What is applied is Networking's matter.
@Suite("The firewall of the packet filter", .timeLimit(.standard))
struct FirewallSyncTests {
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
  private let firewall: FirewallSync

  init() {
    let runs = runs
    firewall = FirewallSync { leaving throws(EngineError) in try runs.run(leaving) }
  }

  @Test("the first to wait brings the rules in step, since nobody knows what they are")
  func first() throws {
    try firewall.ready()
    #expect(runs.all == [[]])
    try firewall.ready()
    try firewall.flush()
    #expect(runs.all.count == 1, "nothing changed")
  }

  @Test("ports are opened by a flush alone, and all of them by one")
  func ports() throws {
    try firewall.ready()
    for _ in 0..<10 { firewall.portsChanged() }
    try firewall.ready()
    #expect(runs.all.count == 1)
    try firewall.flush()
    #expect(runs.all.count == 2)
  }

  @Test("the early run begins once all networks are there")
  func early() throws {
    firewall.begin(afterMade: 2, leaving: 0)
    firewall.networkMade("a")
    #expect(runs.all.isEmpty)
    firewall.networkMade("b")
    #expect(eventually { runs.all.count == 1 && runs.running == 0 })
    try firewall.ready()
    #expect(runs.all.count == 1, "it was in time")
  }

  @Test("the last network that goes waits until the rules have let go of all of them")
  func leaving() throws {
    firewall.begin(afterMade: 0, leaving: 2)
    firewall.networkLeaves("a")
    #expect(runs.all.isEmpty)
    firewall.networkLeaves("b")
    #expect(runs.all.last == ["a", "b"] && runs.running == 0)
    firewall.networkRemoved("a")
    try firewall.flush()
    #expect(runs.all.last == ["b"])
  }

  @Test("a network that was about to go and is made anew has rules again")
  func madeAgain() throws {
    firewall.networkLeaves("a")
    firewall.networkMade("a")
    try firewall.ready()
    #expect(runs.all == [[]])
  }

  @Test("what changes during a run is in the next one, and there are never two at once")
  func duringRun() throws {
    runs.hold.withLock { $0 = true }
    let done = try Descriptors.pipe()
    for _ in 0..<8 {
      let writer = try Descriptors.duplicate(done.write.raw)
      WorkerThread.start { [firewall] in
        firewall.portsChanged()
        try? firewall.flush()
        writer.close()
      }
    }
    done.write.close()
    #expect(eventually { runs.running == 1 })
    firewall.portsChanged()
    #expect(runs.running == 1)
    runs.hold.withLock { $0 = false }
    try firewall.flush()
    _ = try Descriptors.readAll(done.read.raw)
    #expect(runs.running == 0)
    #expect(runs.all.count >= 2 && runs.all.count <= 10)
    let count = runs.all.count
    try firewall.flush()
    #expect(runs.all.count == count, "everything is in step")
  }

  @Test("a failure is told to who waits, and the next one tries again")
  func failure() throws {
    runs.failOnce()
    let error = #expect(throws: EngineError.self) { try firewall.ready() }
    #expect(error?.diagnostics.first?.message == "nft is not there")
    try firewall.ready()
    #expect(runs.all.count == 2)
  }

  @Test("a failure of the early run is met again by who waits")
  func earlyFailure() throws {
    runs.failOnce()
    firewall.begin(afterMade: 1, leaving: 0)
    firewall.networkMade("a")
    #expect(eventually { runs.all.count == 1 && runs.running == 0 })
    try firewall.ready()
    #expect(runs.all.count == 2)
  }
}
