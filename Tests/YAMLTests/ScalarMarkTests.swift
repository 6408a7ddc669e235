import TestSupport
import Testing
import YAML

@Suite("Places inside scalars", .timeLimit(.standard))
struct ScalarMarkTests {
  /// Every text holds one `$` in the value of `x`; the place of it is where the `$` stands.
  static let texts = [
    "x: a$b\n", "x: &a a$b\n", "x: !!str a$b\n", "x: &a\n  a$b\n", "x: é😀$b\n",
    "x: 'a''b$c'\n", "x: \"a\\\"b\\u00e9\\x41\\U0001F600\\n$c\"\n", "x: \"a\\\n   b$c\"\n",
    "x: a b\n  c d\n\n\n  e$f\n", "x: 'a\n\n  b   \n  c$d'\n", "x: \"a  \n  b$c\"\n",
    "x: |\n  a\n  b$c\n", "x: |\n\n\n    a\n     b$c\n", "x: |-\n  a\n\n\n  b$c\n",
    "x: >\n  a\n  b$c\n", "x: >\n  a\n\n  b\n    c\n\n  d$e\n", "x: >-\n\n  $c\n",
    "x: &a |\n  $b\n", "x: $\n", "x: [a, b$c]\n", "x: {y: \"$c\"}\n", "x: |\r\n  a\r\n  b$c\r\n",
    "- - x: |\n      a\n       b\n\n       $c\n", "x: |2\n  a$b\n",
  ]

  @Test("the place of a byte is found through quotes, escapes and folds", arguments: texts)
  func places(text: String) throws {
    var node = try document(text)
    while let inner = node[0] ?? node["x"] ?? node["y"] {
      if let element = node.sequence?.first(where: { $0.stringValue?.contains("$") == true }) {
        node = element
      } else {
        node = inner
      }
    }
    let value = try #require(node.stringValue)
    let offset = try #require(value.utf8.firstIndex(of: UInt8(ascii: "$")))
    let mark = node.mark(at: value.utf8.distance(from: value.startIndex, to: offset), in: value)
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    let line = try #require(lines.firstIndex { $0.contains("$") })
    let scalars = Array(lines[line].unicodeScalars)
    #expect(mark.line == line + 1)
    #expect(mark.column == (scalars.firstIndex(of: "$") ?? -1) + 1)
  }

  @Test("a text that is not the scalar's own has the scalar's place")
  func otherText() throws {
    let node = try #require(try document("x: abc\n")["x"])
    #expect(node.mark(at: 2, in: "zzz").column == 4)
    #expect(Node.string("abc").mark(at: 1, in: "abc").location == nil)
  }

  @Test("several places are found in one walk")
  func several() throws {
    let node = try #require(try document("x: |\n  a$b\n  c$d\n")["x"])
    let marks = node.marks(at: [1, 1, 5], in: "a$b\nc$d\n")
    #expect(marks.map(\.line) == [2, 2, 3])
    #expect(marks.map(\.column) == [4, 4, 4])
  }
}
