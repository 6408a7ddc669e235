import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

@Suite("Descriptors with an owner", .timeLimit(.standard))
struct OwnedDescriptorTests {
  @Test("a descriptor that was closed or given up has no number any more")
  func ends() throws {
    let pipe = try Descriptors.pipe()
    pipe.read.close()
    pipe.read.close()
    #expect(pipe.read.raw == -1)
    #expect(pipe.read.release() == -1)
    let number = pipe.write.release()
    #expect(fcntl(number, F_GETFD) >= 0)
    #expect(pipe.write.raw == -1)
    #expect(close(number) == 0)
  }

  @Test("of two threads that take a descriptor at once one gets it", .timeLimit(.standard))
  func release() throws {
    let rounds = 2000
    let descriptors = (0..<rounds).map { _ in OwnedDescriptor(dup(0)) }
    let taken = Mutex<[Int32]>([])
    try together {
      for descriptor in descriptors {
        let number = descriptor.release()
        if number >= 0 { taken.withLock { $0.append(number) } }
      }
    }
    let numbers = taken.withLock { $0 }
    #expect(numbers.count == rounds)
    #expect(Set(numbers).count == rounds)
    for number in numbers { #expect(close(number) == 0) }
  }

  @Test(
    "two threads that close a descriptor never close the file that has its number next",
    .timeLimit(.standard))
  func closing() throws {
    for _ in 0..<200 {
      let descriptor = OwnedDescriptor(dup(0))
      let next = Mutex<[Int32]>([])
      try together {
        descriptor.close()
        next.withLock { $0.append(dup(0)) }
      }
      for number in next.withLock({ $0 }) { #expect(close(number) == 0) }
    }
  }

  /// Runs `body` on two threads that begin at the same moment, and waits for both.
  private func together(_ body: @escaping @Sendable () -> Void) throws {
    let gate = Gate()
    let threads = try (0..<2).map { _ in
      try WorkerThread {
        gate.pass()
        body()
      }
    }
    for thread in threads { thread.join() }
  }

  private final class Gate: Sendable {
    private let arrived = Atomic<Int>(0)

    /// Spins, so that both leave within nanoseconds.
    func pass() {
      arrived.add(1, ordering: .acquiringAndReleasing)
      while arrived.load(ordering: .acquiring) < 2 { sched_yield() }
    }
  }
}
