import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite("The event loop", .timeLimit(.standard))
struct EventLoopTests {
  private let loop: EventLoop
  private let pipe: (read: OwnedDescriptor, write: OwnedDescriptor)

  init() throws {
    loop = try EventLoop()
    pipe = try Descriptors.pipe(nonBlocking: true)
  }

  private func write(_ text: String) throws {
    try Descriptors.writeAll(pipe.write.raw, Array(text.utf8))
  }

  /// Goes round once without waiting.
  private func turn() throws { try loop.turn(timeoutNanoseconds: 0) }

  @Test("a handler is called while there is something to read, and not before")
  func readable() throws {
    var calls = 0
    try loop.add(pipe.read.raw) { events in
      #expect(events == .readable)
      calls += 1
    }
    try turn()
    #expect(calls == 0)
    try write("a")
    try turn()
    try turn()
    #expect(calls == 2, "what is not read is told again")
  }

  @Test("the end of the other side is reported without being asked for")
  func hangup() throws {
    var seen: EventLoop.Events = []
    try loop.add(pipe.read.raw, []) { seen.formUnion($0) }
    pipe.write.close()
    try turn()
    #expect(seen.contains(.hangup))
  }

  @Test("what is waited for can be changed, also to nothing")
  func modify() throws {
    var seen: [EventLoop.Events] = []
    let pair = try UnixSocket.pair(.messages)
    try loop.add(pair.0.raw, .writable) { seen.append($0) }
    try turn()
    #expect(seen == [.writable])
    try loop.modify(pair.0.raw, [])
    try UnixSocket.send(pair.1.raw, [1])
    try turn()
    #expect(seen == [.writable])
    try loop.modify(pair.0.raw, .readable)
    try turn()
    #expect(seen == [.writable, .readable])
  }

  @Test("what is not watched cannot be changed, and a regular file cannot be watched")
  func refused() throws {
    #expect(throws: SyscallError.self) { try loop.modify(pipe.read.raw, .readable) }
    let files = try TemporaryDirectory()
    let file = try Files.open(try files.write("a", "a"), O_RDONLY)
    let error = #expect(throws: SyscallError.self) { try loop.add(file.raw) { _ in } }
    #expect(error?.errno == EPERM)
  }

  @Test("a handler may remove another whose turn would be next")
  func removedMeanwhile() throws {
    let other = try Descriptors.pipe()
    var calls: [String] = []
    try loop.add(pipe.read.raw) { _ in
      calls.append("one")
      loop.remove(other.read.raw)
    }
    try loop.add(other.read.raw) { _ in
      calls.append("other")
      loop.remove(pipe.read.raw)
    }
    try write("a")
    try Descriptors.writeAll(other.write.raw, [1])
    try turn()
    #expect(calls.count == 1, "\(calls)")
    try turn()
    #expect(Set(calls).count == 1, "\(calls)")
  }

  @Test("an event of a descriptor that was removed does not reach the next watch of its number")
  func reusedNumber() throws {
    let other = try Descriptors.pipe()
    var calls: [String] = []
    // Both are ready in one turn: whichever comes first replaces the other's watch.
    func watchAnew(_ descriptor: Int32, _ name: String) {
      loop.remove(descriptor)
      let watched: ()? = try? loop.add(descriptor, .priority) { _ in calls.append(name) }
      #expect(watched != nil)
    }
    try loop.add(pipe.read.raw) { _ in
      calls.append("one")
      watchAnew(other.read.raw, "new")
    }
    try loop.add(other.read.raw) { _ in
      calls.append("other")
      watchAnew(pipe.read.raw, "new")
    }
    try write("a")
    try Descriptors.writeAll(other.write.raw, [1])
    try turn()
    #expect(calls == ["one"] || calls == ["other"])
  }

  @Test("timers of one length fire in the order they were set, cancelled ones never")
  func timers() throws {
    var fired: [String] = []
    loop.after(nanoseconds: 1) { fired.append("first") }
    let taken = loop.after(nanoseconds: 1) { fired.append("cancelled") }
    loop.after(nanoseconds: 1) { fired.append("second") }
    loop.cancel(taken)
    let haveFired = try eventually {
      try turn()
      return fired.count >= 2
    }
    #expect(haveFired)
    #expect(fired == ["first", "second"])
  }

  @Test("a timer ends the wait for descriptors, and stop ends run")
  func run() throws {
    try loop.add(pipe.read.raw) { _ in Issue.record("there is nothing to read") }
    var fired = 0
    loop.after(nanoseconds: 1_000_000) {
      fired += 1
      loop.after(nanoseconds: 1_000_000) {
        fired += 1
        loop.stop()
      }
    }
    try loop.run()
    #expect(fired == 2)
  }

  @Test("a stop leaves the rest for the next run")
  func stopped() throws {
    var calls = 0
    loop.after(nanoseconds: 0) {
      calls += 1
      loop.stop()
    }
    loop.after(nanoseconds: 0) {
      calls += 1
      loop.stop()
    }
    try loop.run()
    #expect(calls == 1)
    try loop.run()
    #expect(calls == 2)
  }

  @Test("signals come to their handlers, in the loop")
  func signals() throws {
    // In a thread of its own: the signals stay blocked there.
    let seen = try onThread { () throws -> [Int32] in
      let loop = try EventLoop()
      var seen: [Int32] = []
      try loop.onSignals([SIGUSR1]) { seen.append($0) }
      try loop.onSignals([SIGUSR2]) { seen.append($0 + 1000) }
      pthread_kill(pthread_self(), SIGUSR1)
      pthread_kill(pthread_self(), SIGUSR2)
      while seen.count < 2 { try loop.turn(timeoutNanoseconds: nil) }
      return seen
    }
    #expect(seen.sorted() == [SIGUSR1, SIGUSR2 + 1000])
  }

  private final class Outcome<Value>: @unchecked Sendable {
    var result: Result<Value, any Error>?
  }

  private func onThread<Value>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let done = try Descriptors.pipe()
    WorkerThread.start {
      outcome.result = Result { try body() }
      done.write.close()
    }
    _ = try Descriptors.readAll(done.read.raw)
    return try #require(outcome.result).get()
  }
}
