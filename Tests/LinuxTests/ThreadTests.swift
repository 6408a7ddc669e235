import Glibc
import Linux
import TestSupport
import Testing

@Suite("Threads and locks", .timeLimit(.standard))
struct ThreadTests {
  @Test("a joined thread has done its work, on a thread of its own", .timeLimit(.standard))
  func join() throws {
    let identity = ConditionLock<pthread_t?>(nil)
    let thread = try WorkerThread { identity.with { $0 = pthread_self() } }
    thread.join()
    let found = try #require(identity.with { $0 })
    #expect(found != pthread_self())
  }

  @Test("a thread that nobody joins does its work", .timeLimit(.standard))
  func detached() {
    let count = ConditionLock(0)
    for _ in 0..<20 { WorkerThread.start { count.with { $0 += 1 } } }
    count.wait { $0 == 20 ? () : nil }
  }

  @Test("work on a thread of its own gives its value or its error back")
  func run() throws {
    let ours = pthread_self()
    #expect(try WorkerThread.run { () throws(SyscallError) in pthread_self() } != ours)
    let error = #expect(throws: SyscallError.self) {
      try WorkerThread.run { () throws(SyscallError) in
        throw SyscallError("open", path: "/x", errno: ENOENT)
      }
    }
    #expect(error?.errno == ENOENT)
  }

  @Test("two threads take turns by waiting for each other's change", .timeLimit(.standard))
  func turns() throws {
    let turn = ConditionLock((next: 0, log: [Int]()))
    let threads = try (0..<2).map { number in
      try WorkerThread {
        for _ in 0..<100 {
          turn.wait { state -> Void? in
            guard state.next == number else { return nil }
            state.next = 1 - number
            state.log.append(number)
            return ()
          }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(turn.with { $0.log } == (0..<200).map { $0 % 2 })
  }
}
