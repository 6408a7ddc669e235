import TestSupport
import Testing
import YAML

@testable import Compose

@Suite("YAML output", .timeLimit(.standard))
struct OutputYAMLTests {
  /// Strings, and how the reference encoder writes them as a list item.
  static let strings = [
    ("a b", "a b"), ("-c", "-c"), ("x: y", "'x: y'"), ("x:y", "x:y"), ("x:", "'x:'"), ("", "\"\""),
    (" ", "' '"), ("a ", "'a '"), ("#x", "'#x'"), ("a #b", "'a #b'"), ("a#b", "a#b"),
    ("- a", "'- a'"), ("-", "'-'"), ("?", "'?'"), ("?a", "?a"), ("[a]", "'[a]'"), ("a[0]", "a[0]"),
    ("{a}", "'{a}'"), ("*", "'*'"), ("&a", "'&a'"), ("!a", "'!a'"), ("|", "'|'"), (">", "'>'"),
    ("'a'", "'''a'''"), ("it's", "it's"), ("\"a\"", "'\"a\"'"), ("%a", "'%a'"), ("@a", "'@a'"),
    ("`a`", "'`a`'"), ("---", "'---'"), ("...a", "'...a'"), ("=", "="), ("<<", "<<"),
    ("10", "\"10\""), ("1.5", "\"1.5\""), ("0x1", "\"0x1\""), ("1_0", "\"1_0\""),
    ("1e3", "\"1e3\""), (".inf", "\".inf\""), ("1.2.3", "1.2.3"), ("true", "\"true\""),
    ("null", "\"null\""), ("~", "\"~\""), ("yes", "\"yes\""), ("y", "\"y\""), ("off", "\"off\""),
    ("tRUE", "tRUE"), ("12:30", "\"12:30\""), ("1:2:3", "\"1:2:3\""), ("12:60", "12:60"),
    ("80:80", "80:80"), ("2024-01-02", "\"2024-01-02\""), ("2024-1-2", "\"2024-1-2\""),
    ("2024-13-02", "2024-13-02"), ("2023-02-29", "2023-02-29"),
    ("2024-01-02T03:04:05Z", "\"2024-01-02T03:04:05Z\""),
    ("2024-01-02 03:04:05.5", "\"2024-01-02 03:04:05.5\""),
    ("2024-01-02T03:04:05", "2024-01-02T03:04:05"), ("a\tb", "\"a\\tb\""), ("a\rb", "\"a\\rb\""),
    ("\u{1}\u{7F}\u{1B}\0", "\"\\x01\\x7F\\e\\0\""), ("é", "é"), ("é😀", "\"é\\U0001F600\""),
    ("\u{FEFF}a", "\"\\uFEFF\\x61\""), ("a\u{85}\u{A0}", "\"a\\N\u{A0}\""), ("a\\b", "a\\b"),
    ("a\nb", "|-\n  a\n  b"), ("a\n", "|\n  a"), ("a\n\n", "|+\n  a\n"), ("\n", "|2+\n"),
    (" a\nb\n", "|2\n   a\n  b"), ("a\n\n  b", "|-\n  a\n\n    b"), ("a \nb", "\"a \\nb\""),
    ("a\nb ", "\"a\\nb \""), ("a\n\tb", "|-\n  a\n  \tb"), ("a\u{2028}b", "'a\u{2028}  b'"),
    (String(repeating: "long ", count: 50) + "x", String(repeating: "long ", count: 50) + "x"),
  ]

  @Test("a string is written in the style that reads back as itself", arguments: strings)
  func style(text: String, expected: String) throws {
    let written = YAMLWriter.text(of: [.string(text)])
    #expect(written == "- \(expected)\n")
    let source = SourceFile(name: "a.yaml", text: written)
    #expect(try Node.documents(in: source) == [[.string(text)]])
  }

  // Found by fuzzing.
  @Test("text of several lines that is all of a document reads back as itself")
  func textAlone() throws {
    let written = YAMLWriter.text(of: .string("2\n("))
    let source = SourceFile(name: "a.yaml", text: written)
    #expect(try Node.documents(in: source) == [.string("2\n(")])
  }

  // Found by fuzzing.
  @Test("text of several lines that begins with a tab reads back as itself")
  func leadingTab() throws {
    let node: Node = ["a": "\tb\nc"]
    let written = YAMLWriter.text(of: node)
    let source = SourceFile(name: "a.yaml", text: written)
    #expect(try Node.documents(in: source) == [node])
  }

  @Test("lists are indented below their keys, empty ones stay on the line")
  func collections() {
    let node: Node = [
      "a": [1, [2, 3], [[]], [:], ["b": 1, "c": ["d": nil]]], "e": [:], "f": [], "g": true,
      "h": ["i": "x\ny\n", "j": ["k\nl"]],
    ]
    #expect(
      YAMLWriter.text(of: node) == """
        a:
          - 1
          - - 2
            - 3
          - - []
          - {}
          - b: 1
            c:
              d: null
        e: {}
        f: []
        g: true
        h:
          i: |
            x
            y
          j:
            - |-
              k
              l

        """)
  }

  @Test("keys are quoted like values, and long ones stand on a line of their own")
  func keys() {
    let long = String(repeating: "k", count: 129)
    var node: Node = ["n": 1, "a: b": 2, "": 3]
    node[long] = 4
    node["x\ny"] = ["z": 5]
    #expect(
      YAMLWriter.text(of: node) == """
        "n": 1
        'a: b': 2
        "": 3
        ? \(long)
        : 4
        ? |-
          x
          y
        : z: 5

        """)
  }

  @Test(
    "numbers have the digits of the reference encoder",
    arguments: [
      (1.5, "1.5"), (1000, "1000"), (100_000, "100000"), (1_000_000, "1e+06"),
      (1_000_000.5, "1.0000005e+06"), (1e-4, "0.0001"), (1e-5, "1e-05"), (1.234e-5, "1.234e-05"),
      (1e30, "1e+30"), (1e100, "1e+100"), (-0.25, "-0.25"), (0, "0"), (.infinity, ".inf"),
      (-.infinity, "-.inf"), (.nan, ".nan"), (123.456, "123.456"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(YAMLWriter.text(of: .number(value)) == "\(text)\n")
  }

  @Test("a whole number beyond 63 bits keeps its digits")
  func largeNumber() throws {
    let text = "18446744073709551615"
    let node = try Node.documents(in: SourceFile(name: "a.yaml", text: text))[0]
    #expect(YAMLWriter.text(of: node) == text + "\n")
    #expect(JSONWriter.text(of: node) == text)
  }

  @Test("dollars are doubled wherever they stand")
  func dollars() {
    let node: Node = ["$a": "b$$", "c": "d"]
    #expect(YAMLWriter.text(of: node, escapesDollars: true) == "$$a: b$$$$\nc: d\n")
    #expect(JSONWriter.text(of: ["$a"], escapesDollars: true) == "[\n  \"$$a\"\n]")
  }
}

@Suite("JSON output", .timeLimit(.standard))
struct OutputJSONTests {
  @Test("keys are sorted by their bytes, members take a line each")
  func members() {
    let node: Node = ["b": [1, [], [:], nil], "a": ["d": true, "C": 1.5]]
    #expect(
      JSONWriter.text(of: node) == """
        {
          "a": {
            "C": 1.5,
            "d": true
          },
          "b": [
            1,
            [],
            {},
            null
          ]
        }
        """)
  }

  @Test("characters that matter to JSON, scripts or HTML are escaped")
  func escapes() {
    #expect(
      JSONWriter.text(of: "\"\\/\n\r\t\u{8}\u{C}\0\u{1B}\u{7F}<>&\u{2028}\u{2029}é😀\u{FEFF}")
        == "\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001b\u{7F}\\u003c\\u003e\\u0026\\u2028\\u2029é😀\u{FEFF}\""
    )
  }

  @Test(
    "numbers are plain unless very large or small",
    arguments: [
      (1000, "1000"), (1.5e20, "150000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"),
      (1e-7, "1e-7"), (0.1, "0.1"), (-0.0, "-0"), (123456789.5, "123456789.5"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(JSONWriter.text(of: .number(value)) == text)
  }
}

@Suite("Order of keys", .timeLimit(.standard))
struct KeyOrderTests {
  @Test("numbers inside of keys count as numbers, other characters stand before letters")
  func order() {
    let keys = ["c", "a.b", "a-b", "Z", "B10", "A", "B9", "_a", "é", "a1b", "a01b", "a", "1", "a1"]
    let sorted = keys.sorted(by: KeyOrder.precedes)
    #expect(
      sorted == [
        "_a", "1", "A", "B9", "B10", "Z", "a", "a-b", "a.b", "a1", "a1b", "a01b", "c", "é",
      ]
    )
  }

  @Test("the maps of a whole document are sorted")
  func document() {
    let node: Node = ["b": [["d": 1, "c": 2]], "a": 1]
    #expect(YAMLWriter.text(of: node.sortedByKeys()) == "a: 1\nb:\n  - c: 2\n    d: 1\n")
  }
}
