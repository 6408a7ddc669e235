import Glibc
import Linux
import TestSupport
import Testing

@testable import Engine

@Suite("Interruptions", .timeLimit(.standard))
struct InterruptionTests {
  @Test("count, tell the last signal, and stay readable")
  func counts() throws {
    let interruption = Interruption()
    #expect(!interruption.isInterrupted)
    interruption.interrupt()
    interruption.interrupt(by: SIGTERM)
    #expect(interruption.count == 2)
    #expect(interruption.signal == SIGTERM)
    var entry = [pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0)]
    #expect(try Descriptors.poll(&entry, timeoutMilliseconds: 0))
  }

  @Test("a watch is called for each further one", .timeLimit(.standard))
  func repeated() throws {
    let interruption = Interruption()
    interruption.interrupt()
    let told = ConditionLock<[Int]>([])
    let watch = try RepeatedInterruptionWatch(interruption, seen: 1) { count in
      told.with { $0.append(count) }
      return false
    }
    for count in 2...4 {
      interruption.interrupt()
      told.wait { $0.last == count ? () : nil }
    }
    watch.end()
    #expect(told.with { $0 } == [2, 3, 4])
  }

  @Test("a watch that has had enough is called no more", .timeLimit(.standard))
  func enough() throws {
    let interruption = Interruption()
    let told = ConditionLock(0)
    let watch = try RepeatedInterruptionWatch(interruption, seen: 0) { _ in
      told.with { $0 += 1 }
      return true
    }
    let second = ConditionLock(0)
    let other = try RepeatedInterruptionWatch(interruption, seen: 1) { count in
      second.with { $0 = count }
      return true
    }
    interruption.interrupt()
    told.wait { $0 == 1 ? () : nil }
    interruption.interrupt()
    second.wait { $0 == 2 ? () : nil }
    #expect(told.with { $0 } == 1)
    watch.end()
    other.end()
  }
}
