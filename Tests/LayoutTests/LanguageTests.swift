import TestSupport
import Testing

/// Reads the strings of the sources for turns that users stumble over.
@Suite("Language", .timeLimit(.standard))
struct LanguageTests {
  /// "'x' is no registry" is to be "'x' is not a registry"; "there is no registry" is fine.
  @Test("messages say what something is not, never that it is no such thing")
  func negation() throws {
    var strings = 0
    for source in try SourceTree.sources() {
      for line in source.text.split(separator: "\n") {
        guard let text = Self.string(in: line) else { continue }
        strings += 1
        #expect(!Self.isOdd(text), "\(source.path): \(line)")
      }
    }
    #expect(strings > 3000)
  }

  @Test(
    "the check tells the two apart",
    arguments: [
      (#"  throw Problem("\(name) is no registry")"#, true),
      (#"    reason: "are no arguments of the shim")"#, true),
      (#"  throw Problem("there is no registry \(name)")"#, false),
      (#"  throw Problem("there were no registries")"#, false),
      (#"  throw Problem("which is no longer in use")"#, false),
      ("  // This is no \"registry\".", false),
    ])
  func check(line: String, isOdd: Bool) {
    #expect(Self.string(in: line[...]).map(Self.isOdd) ?? false == isOdd)
  }

  /// The line from its first quotation mark on; nil for a comment and a line without one.
  private static func string(in line: Substring) -> Substring? {
    guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { return nil }
    return line.firstIndex(of: "\"").map { line[$0...] }
  }

  private static func isOdd(_ text: Substring) -> Bool {
    text.replacing(/\bthere (is|are|was|were) no\b|\bis no longer\b/, with: "")
      .contains(/\b(is|are|was|were) no\b/)
  }
}
