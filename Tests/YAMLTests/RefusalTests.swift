import Model
import TestSupport
import Testing
import YAML

@Suite("Refusals", .timeLimit(.standard))
struct RefusalTests {
  @Test("every duplicate key is reported, with both places and the path")
  func duplicates() {
    let messages = refusal("c:\n  a: 1\n  b: 2\n  a: 3\nd: {e: 1, e: 2}\n")
    #expect(
      messages.map(\.message) == ["the key `a` is there twice", "the key `e` is there twice"])
    #expect(messages.map { $0.location?.line } == [4, 5])
    #expect(messages.map { $0.notes.first?.location?.line } == [2, 5])
    #expect(messages.map(\.path) == ["c", "d"])
  }

  @Test(
    "a key that is no string is refused",
    arguments: [
      ("1: a", "put it in quotes: \"1\""), ("true: a", "put it in quotes: \"true\""),
      ("1.5: a", "put it in quotes: \"1.5\""), ("~: a", nil), ("[a]: b", nil), ("{a: b}: c", nil),
    ] as [(String, String?)])
  func keys(text: String, hint: String?) {
    let messages = refusal("x:\n  \(text)\n")
    #expect(messages.count == 1)
    #expect(messages.first?.message.hasPrefix("a key must be a string") == true)
    #expect(messages.first?.hint == hint)
    #expect(messages.first?.path == "x")
  }

  /// Text, line, column, a part of the message, a part of the hint.
  static let syntaxErrors: [(String, Int, Int, String, String)] = [
    ("a:\n\tb: 1\n", 2, 1, "a tab cannot indent", "replace the tab by blanks"),
    ("a:\n  b: 1\n\t\n  c: 2\n", 3, 1, "a tab cannot indent", "replace the tab by blanks"),
    ("a: b: c\n", 1, 5, "a value that contains `: ` needs quotes", "quotes"),
    ("services:\n  web\n    image: b\n", 3, 5, "a key cannot stand here", "line above"),
    ("a:\n  b: 1\n c: 2\n", 3, 2, "the line does not fit", "begin in column"),
    ("a: \"b\" c\n", 1, 8, "text after the end of a value", "once around"),
    ("a:\n  - \"b\" c\n", 2, 9, "text after the end of a list item", "whole item"),
    ("a:\n  - b\n  c: d\n", 3, 3, "a key stands among the items of a list", "write `- c: d`"),
    ("a: [1, 2\nb: 3\n", 2, 2, "the list is not closed", ""),
    ("a: [b, ${C}]\n", 1, 9, "the list is not closed", "put a value with `${…}` in quotes"),
    ("a: {b: 1\nc: 3\n", 2, 2, "the map is not closed", ""),
    ("x: 1\na: \"bc\n", 2, 4, "the quote is never closed", ""),
    ("a: 'bc\n---\nd: e\n", 1, 4, "the quote is not closed before", ""),
    ("a: \"\\q\"\n", 1, 5, "unknown escape", "single quotes"),
    ("a: @b\n", 1, 4, "a value cannot begin with `@`", "quotes"),
    ("a: `b`\n", 1, 4, "a value cannot begin with ```", "quotes"),
    ("a: %b\n", 1, 4, "a value cannot begin with `%`", "quotes"),
    ("a: *b\n", 1, 4, "there is no anchor `&b`", "quotes"),
    ("name: &name 1\na: *nam\n", 2, 4, "there is no anchor `&nam`", "did you mean `*name`?"),
    ("a: *\n", 1, 4, "`*` and `&` begin the name", "quotes"),
    ("a: &x [*x]\n", 1, 8, "stands inside of what it repeats", ""),
    ("a: - b\n", 1, 4, "a list item cannot stand here", "own line"),
    ("a: 1\nb\nc: 2\n", 2, 1, "the key has no `:`", "key: value"),
    ("a: 1\n...\nb: 2\n", 3, 1, "expected a new document", "---"),
    ("a: !e!foo 1\n", 1, 4, "handle is not defined", "remove the tag"),
    ("a: b\u{0}c\n", 1, 5, "a NUL byte", "UTF-16"),
    ("é: 1\na: bé\u{1}c\n", 2, 6, "a control character (code 1)", "remove it"),
  ]

  @Test("a syntax error names the place, what is wrong and what to do", arguments: syntaxErrors)
  func syntax(text: String, line: Int, column: Int, message: String, hint: String) {
    let messages = refusal(text)
    #expect(messages.count == 1)
    #expect(messages.first?.location == SourceLocation(file: "a.yaml", line: line, column: column))
    #expect(messages.first?.message.contains(message) == true, "\(messages)")
    #expect(hint.isEmpty || messages.first?.hint?.contains(hint) == true, "\(messages)")
  }

  @Test("of a very long line a message shows the part around the place")
  func longLine() {
    let blanks = String(repeating: "a, ", count: 300)
    let message = refusal("x: [\(blanks)@, \(String(repeating: "b, ", count: 100_000))]\n").first
    #expect(message?.location?.column == 905)
    #expect(message?.excerpt?.count == 1105)
  }

  @Test("duplicate keys before a syntax error are reported with it")
  func together() {
    #expect(refusal("a: 1\na: 2\nb: @\n").count == 2)
  }
}

@Suite("Text encodings", .timeLimit(.standard))
struct EncodingTests {
  private func read(_ bytes: [UInt8]) throws -> Node {
    try Node.documents(in: SourceFile(name: "a.yaml", bytes: bytes))[0]
  }

  @Test("a byte order mark is skipped and counts no column")
  func byteOrderMark() throws {
    let node = try read([0xEF, 0xBB, 0xBF] + Array("a: é".utf8))
    #expect(node == ["a": "é"])
    #expect(node["a"]?.mark.column == 4)
  }

  @Test("UTF-16 in both byte orders is read")
  func utf16() throws {
    let units = Array("\u{FEFF}a: é😀\n".utf16)
    #expect(try read(units.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }) == ["a": "é😀"])
    #expect(try read(units.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }) == ["a": "é😀"])
  }

  @Test("broken UTF-16 is refused with the place")
  func brokenUTF16() {
    let bytes: [UInt8] = [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x62, 0, 0x00, 0xD8, 0x61, 0]
    #expect {
      try read(bytes)
    } throws: { error in
      (error as? Diagnostic)?.location == SourceLocation(file: "a.yaml", line: 2, column: 2)
    }
    #expect(throws: Diagnostic.self) { try read([0xFE, 0xFF, 0x00]) }
  }

  @Test(
    "invalid UTF-8 is refused with the place",
    arguments: [
      [0xFF], [0xC3, 0x28], [0xC3], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
    ]
      as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect {
      try read(Array("a: 1\nb: é".utf8) + bytes)
    } throws: { error in
      (error as? Diagnostics)?.messages.first?.location
        == SourceLocation(file: "a.yaml", line: 2, column: 5)
    }
  }
}
