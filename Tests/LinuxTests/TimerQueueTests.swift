import TestSupport
import Testing

@testable import Linux

@Suite("The queue of timers", .timeLimit(.standard))
struct TimerQueueTests {
  /// Collects what fires.
  private final class Fired {
    var names: [Int] = []
  }

  private func drain(_ queue: inout TimerQueue, until now: UInt64) {
    while let handler = queue.popDue(now: now) { handler() }
  }

  @Test("timers come in the order of their deadlines, equal ones as they were added")
  func order() {
    var queue = TimerQueue()
    let fired = Fired()
    // Every order of insertion comes up: 37 goes around 100 numbers.
    for step in 0..<100 {
      let name = step * 37 % 100
      _ = queue.insert(deadline: UInt64(name / 2)) { fired.names.append(name) }
    }
    #expect(queue.nextDeadline == 0)
    drain(&queue, until: 100)
    #expect(fired.names.map { $0 / 2 } == (0..<100).map { $0 / 2 })
    let added = (0..<100).map { $0 * 37 % 100 }
    for pair in 0..<50 {
      let expected = added.filter { $0 / 2 == pair }
      #expect(fired.names.filter { $0 / 2 == pair } == expected)
    }
    #expect(queue.nextDeadline == nil)
  }

  @Test("only what is due comes")
  func due() {
    var queue = TimerQueue()
    let fired = Fired()
    for deadline in [30, 10, 20] {
      _ = queue.insert(deadline: UInt64(deadline)) { fired.names.append(deadline) }
    }
    drain(&queue, until: 9)
    #expect(fired.names == [])
    drain(&queue, until: 20)
    #expect(fired.names == [10, 20])
    #expect(queue.nextDeadline == 30)
  }

  @Test("a cancelled timer neither fires nor is waited for")
  func cancelled() {
    var queue = TimerQueue()
    let fired = Fired()
    let numbers = (1...5).map { deadline in
      queue.insert(deadline: UInt64(deadline)) { fired.names.append(deadline) }
    }
    // The third is in the middle: it is dropped when its turn comes.
    queue.cancel(numbers[2])
    queue.cancel(numbers[0])
    #expect(queue.nextDeadline == 2)
    queue.cancel(numbers[1])
    #expect(queue.nextDeadline == 4)
    drain(&queue, until: 10)
    #expect(fired.names == [4, 5])
    queue.cancel(numbers[4])
    #expect(queue.nextDeadline == nil)
  }
}
