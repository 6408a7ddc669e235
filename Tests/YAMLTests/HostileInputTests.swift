import Model
import TestSupport
import Testing
import YAML

@Suite("Hostile input", .timeLimit(.standard))
struct HostileInputTests {
  @Test("an alias bomb is refused by what it stands for")
  func aliasBomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...20 {
      let alias = "*a\(level - 1)"
      text +=
        "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
    }
    #expect(refusal(text).first?.message.contains("aliases counted in full") == true)
  }

  @Test("an alias of a long text counts by its length")
  func longAlias() {
    let text = "a: &a \(String(repeating: "x", count: 1 << 20))\nb: ["
    let aliases = Array(repeating: "*a", count: 100).joined(separator: ", ")
    #expect(refusal(text + aliases + "]\n").first?.message.contains("counted in full") == true)
  }

  @Test("a fan-out of merge keys is refused")
  func mergeFanOut() {
    let keys = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
    let aliases = Array(repeating: "*a", count: 1000).joined(separator: ", ")
    #expect(refusal("a: &a {\(keys)}\nb: {<<: [\(aliases)]}\n").count == 1)
  }

  enum Shape: CaseIterable {
    case lists, maps, items, keys, indents

    var text: String {
      switch self {
      case .lists: String(repeating: "[", count: 20_000)
      case .maps: String(repeating: "{a: ", count: 20_000)
      case .items: String(repeating: "- ", count: 20_000)
      case .keys: String(repeating: "? ", count: 20_000)
      case .indents: (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
      }
    }
  }

  @Test("deep nesting is refused, however it is written", arguments: Shape.allCases)
  func nesting(shape: Shape) {
    #expect(refusal(shape.text).first?.message == "nested deeper than 256 levels")
  }

  @Test("nesting by a chain of aliases counts as nesting")
  func aliasNesting() {
    var text = "a0: &a0 []\n"
    for level in 1...300 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(refusal(text).first?.message == "nested deeper than 256 levels")
  }

  @Test("nesting that people write is read")
  func ordinaryNesting() throws {
    let depth = 200
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(try document(text).kind == "a list")
  }

  @Test("a flood of errors ends after the first fifty")
  func errorFlood() {
    #expect(refusal((0..<10_000).map { "\($0): x\n" }.joined()).count == 50)
  }

  @Test("many members are read without comparing each with all")
  func manyMembers() throws {
    let text = (0..<50_000).map { "k\($0): [\($0)]\n" }.joined()
    let node = try document(text)
    #expect(node.mapping?.count == 50_000)
    #expect(node["k49999"] == [49_999])
  }
}
