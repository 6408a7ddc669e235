import TestSupport
import Testing

/// Holds the tests to what CONTRIBUTING asks of them.
@Suite("Rules for tests", .timeLimit(.standard))
struct TestRuleTests {
  private static let exempt = ["Tests/Fuzz/", "Tests/LayoutTests/TestRuleTests.swift"]

  private static func files() throws -> [(path: String, text: String)] {
    try SourceTree.swiftFiles(below: "Tests").filter { path in
      !exempt.contains { path.hasPrefix($0) }
    }.map { ($0, try SourceTree.read($0)) }
  }

  /// The files that say one of `words`, other than `place`.
  private func users(of words: [String], outside place: String) throws -> [String] {
    try Self.files().filter { path, text in
      path != place && words.contains { text.contains($0) }
    }.map(\.path)
  }

  @Test("every test is part of a suite with the time limit")
  func timeLimits() throws {
    var count = 0
    for (path, text) in try Self.files() {
      var suite = ""
      for line in text.split(separator: "\n") {
        if line.hasPrefix("@Suite") { suite = "" }
        if line.hasPrefix("}") { suite = "" }
        if let first = line.first, first != " " { suite += line }
        if line.hasPrefix("  ."), suite.hasPrefix("@Suite"), !suite.hasSuffix("{") { suite += line }
        guard line.contains("@Test") else { continue }
        count += 1
        let isLimited = suite.contains("@Suite") && suite.contains(".timeLimit(.standard)")
        #expect(isLimited, "\(path): \(line)")
      }
    }
    #expect(count > 800)
  }

  @Test("no test waits for a time to pass: it waits for what it needs")
  func waits() throws {
    let place = "Tests/TestSupport/Eventually.swift"
    let waits = [" sleep(", "usleep(", "nanosleep(", "Task.sleep", "(sleep("]
    #expect(try users(of: waits, outside: place) == [])
  }

  @Test("what a test cannot run without is said in one way, so that a skipped one is seen")
  func requirements() throws {
    let place = "Tests/TestSupport/Requirements.swift"
    #expect(
      try users(of: [".enabled(", ".disabled(", "geteuid(", "getuid("], outside: place) == [])
  }

  @Test("directories of tests are made in one place")
  func directories() throws {
    let place = "Tests/TestSupport/TemporaryDirectory.swift"
    #expect(try users(of: ["mkdtemp(", "mkstemp("], outside: place) == [])
  }
}
