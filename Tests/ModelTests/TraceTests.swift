import Model
import Synchronization
import TestSupport
import Testing

/// What is written is told to one receiver of the whole process: one test at a time.
@Suite("Trace", .serialized, .timeLimit(.standard))
struct TraceTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private func lines(of body: () -> Void) -> [String] {
    let lines = Lines()
    Trace.start { category, text in
      lines.all.withLock { $0.append("\(category.rawValue) \(text)") }
    }
    body()
    Trace.stop()
    return lines.all.withLock { $0 }
  }

  @Test("while nobody wants to read, the text is not made")
  func off() {
    var count = 0
    func text() -> String {
      count += 1
      return "text"
    }
    Trace.write(.step, text())
    Trace.timed(.step, text()) {}
    #expect(count == 0)
    #expect(lines { Trace.write(.step, text()) } == ["step text"])
    #expect(count == 1)
  }

  @Test("a text of several lines is written as several")
  func several() {
    #expect(lines { Trace.write(.nft, "a\n\n b\n") } == ["nft a", "nft  b"])
  }

  @Test("what is timed says how long it took, or why it failed")
  func timed() throws {
    let written = lines {
      #expect(Trace.timed(.load, "one") { 1 } == 1)
      _ = try? Trace.timed(.plan, "two") { () throws(Diagnostic) in
        throw Diagnostic(.error, "no room", hint: "make some")
      }
    }
    #expect(written.count == 2)
    #expect(written[0].hasPrefix("load one: ") && written[0].hasSuffix(" ms"))
    #expect(written[1].hasPrefix("plan two: failed after "))
    #expect(written[1].hasSuffix(" ms: no room (make some)"))
  }

  @Test("an address is written without who asks, and with what")
  func secrets() {
    #expect(
      Trace.withoutUser("https://me:secret@example.org/a@b") == "https://…@example.org/a@b")
    #expect(Trace.withoutUser("--depth=1") == "--depth=1")
    #expect(Trace.withoutUser("https://example.org/@a") == "https://example.org/@a")
  }
}

@Suite("Back-off", .timeLimit(.standard))
struct BackOffTests {
  @Test("pauses double up to a bound, and begin anew after a success")
  func doubling() {
    var pauses = BackOff(first: 50, longest: 350)
    #expect((0..<5).map { _ in pauses.next() } == [50, 100, 200, 350, 350])
    #expect(pauses.attempts == 5)
    pauses.reset()
    #expect(pauses.next() == 50)
  }

  @Test("the first pauses may be equal")
  func quickly() {
    var pauses = BackOff(first: 50, longest: 1000)
    #expect((0..<6).map { _ in pauses.next(quickly: 3) } == [50, 50, 50, 100, 200, 400])
  }

  @Test("no number of attempts is too many")
  func many() {
    var pauses = BackOff(first: 1, longest: 30_000_000_000)
    for _ in 0..<1000 { _ = pauses.next() }
    #expect(pauses.next() == 30_000_000_000)
  }

  @Test("a shim that cannot be replaced is tried some 2,900 times a day, not 1.7 million times")
  func adoption() {
    var pauses = BackOff(first: 50_000_000, longest: 30_000_000_000)
    var elapsed: UInt64 = 0
    var attempts = 0
    while elapsed < 86_400_000_000_000 {
      elapsed += pauses.next()
      attempts += 1
    }
    #expect(attempts < 3000)
  }
}

@Suite("Messages as text", .timeLimit(.standard))
struct DescriptionTests {
  @Test("a message has its place, keys and hint on one line")
  func diagnostic() {
    let error = Diagnostic(
      .error, "is not a port", path: "services.web.ports[0]",
      at: SourceLocation(file: "a.yaml", line: 3, column: 7), hint: "write 80")
    #expect("\(error)" == "a.yaml:3:7: services.web.ports[0]: is not a port (write 80)")
    #expect("\(Diagnostics([error, Diagnostic(.error, "b")]))".hasSuffix("(write 80)\nb"))
  }
}
