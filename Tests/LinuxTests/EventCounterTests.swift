import Glibc
import Linux
import TestSupport
import Testing

@Suite("Counters with descriptors", .timeLimit(.standard))
struct EventCounterTests {
  private func isReadable(_ descriptor: Int32) throws -> Bool {
    var entry = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    return try Descriptors.poll(&entry, timeoutMilliseconds: 0)
  }

  @Test("the counter's own descriptor is readable from the first change on")
  func first() throws {
    let counter = EventCounter()
    #expect(try !isReadable(counter.descriptor))
    counter.add()
    counter.add()
    #expect(counter.count == 2)
    #expect(try isReadable(counter.descriptor))
    #expect(try isReadable(counter.descriptor))
  }

  @Test("each watcher sees each change, whatever the others took")
  func watchers() throws {
    let counter = EventCounter()
    let watchers = try (0..<3).map { _ in try EventWatcher(counter) }
    for watcher in watchers { #expect(try !isReadable(watcher.descriptor)) }
    for _ in 0..<3 {
      counter.add()
      for watcher in watchers {
        #expect(try isReadable(watcher.descriptor))
        watcher.take()
        #expect(try !isReadable(watcher.descriptor))
      }
    }
  }

  @Test("a watcher made late may be told of what was before, once")
  func late() throws {
    let counter = EventCounter()
    counter.add()
    let watcher = try EventWatcher(counter)
    watcher.take()
    #expect(try !isReadable(watcher.descriptor))
    counter.add()
    #expect(try isReadable(watcher.descriptor))
  }

  @Test("adding in another thread wakes one that waits", .timeLimit(.standard))
  func wakes() throws {
    let counter = EventCounter()
    let watcher = try EventWatcher(counter)
    let seen = ConditionLock(0)
    let thread = try WorkerThread {
      while counter.count < 100 {
        watcher.take()
        seen.with { $0 = counter.count }
        if counter.count == 100 { break }
        var entry = [pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0)]
        _ = try? Descriptors.poll(&entry, timeoutMilliseconds: nil)
      }
      seen.with { $0 = counter.count }
    }
    for number in 1...100 {
      counter.add()
      seen.wait { $0 >= number ? () : nil }
    }
    thread.join()
    #expect(seen.with { $0 } == 100)
  }
}
