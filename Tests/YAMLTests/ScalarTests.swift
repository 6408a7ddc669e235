import Model
import TestSupport
import Testing
import YAML

/// The value of `x` in the document `x: TEXT`.
private func value(_ text: String) throws -> Node? {
  try Node.documents(in: SourceFile(name: "a.yaml", text: "x: \(text)\n"))[0]["x"]
}

@Suite("Scalars", .timeLimit(.standard))
struct ScalarTests {
  @Test(
    "plain integers are read in the bases of YAML 1.1 and 1.2",
    arguments: [
      ("1", 1), ("010", 8), ("0o10", 8), ("0x10", 16), ("0b11", 3), ("-0x10", -16), ("+1", 1),
      ("1_000", 1000), ("1__0", 10), ("0_1", 1), ("0x_1", 1), ("-010", -8), ("-0o10", -8),
      ("+0x10", 16), ("00", 0), ("-0", 0), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("0x7fffffffffffffff", .max), ("!!int \"3\"", 3),
    ] as [(String, Int64)])
  func integers(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
  }

  @Test(
    "plain numbers with a fraction or an exponent are read",
    arguments: [
      ("1e3", 1000), (".5", 0.5), ("5.", 5), ("1.10", 1.1), ("1.5e3", 1500), ("1E3", 1000),
      ("08", 8), ("09.5", 9.5), (".5_0", 0.5), ("1_000.5", 1000.5), ("1_.5", 1.5), ("+.5", 0.5),
      ("-.5", -0.5),
      ("1e+3", 1000), ("1e-3", 0.001), ("12e03", 12000), ("1e-400", 0),
      ("9223372036854775808", 9_223_372_036_854_775_808),
      ("18446744073709551616", 18_446_744_073_709_551_616), ("!!float 3", 3),
      (".inf", .infinity), ("-.INF", -.infinity), ("+.Inf", .infinity),
    ] as [(String, Double)])
  func numbers(text: String, expected: Double) throws {
    #expect(try value(text) == .number(expected))
  }

  @Test(
    "what only looks like a number, boolean or date stays a string",
    arguments: [
      "22:22", "190:20:30", "2024-01-02", "2024-01-02T03:04:05Z", "_1", "0o8", "0b2", "0x", "1e",
      "1e400", ".e1", ".", "..", "0x1ffffffffffffffff", "yes", "on", "y", "No", "tRUE", "+", "=",
      "._5", ".5__0", ".5_", "1.2.3", "1,5", "--1",
    ])
  func strings(text: String) throws {
    #expect(try value(text) == .string(text))
  }

  @Test(
    "booleans and nulls are those of YAML 1.2",
    arguments: [
      ("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false),
      ("FALSE", false), ("~", nil), ("null", nil), ("Null", nil), ("NULL", nil), ("", nil),
    ] as [(String, Bool?)])
  func words(text: String, expected: Bool?) throws {
    #expect(try value(text) == (expected.map { .bool($0) } ?? .null()))
  }

  @Test("not a number is read as such")
  func notANumber() throws {
    #expect(try value(".NaN")?.numberValue?.isNaN == true)
  }

  @Test(
    "a tag chooses how a scalar is read",
    arguments: [
      ("!!str 123", "123"), ("!foo 3", "3"), ("!foo", ""), ("!!foo 3", "3"), ("! \"3\"", "3"),
      ("!!binary aGVsbG8=", "hello"), ("!!timestamp 2024-01-02", "2024-01-02"), ("\"3\"", "3"),
      ("'3'", "3"), ("!override 3", "3"),
    ])
  func tags(text: String, expected: String) throws {
    #expect(try value(text)?.stringValue == expected)
  }

  @Test(
    "a tag that does not fit its value is refused",
    arguments: ["!!int abc", "!!int 3.5", "!!float abc", "!!bool yes", "!!null x", "!!binary ???"])
  func mismatches(text: String) {
    #expect(throws: Diagnostics.self) { try value(text) }
  }

  @Test("a number keeps the text it was written as")
  func sourceText() throws {
    let node = try #require(try value("1.10"))
    #expect(node.writtenText == "1.10")
    #expect(node.scalarText == "1.1")
    #expect(try value("010")?.writtenText == "010")
  }

  @Test("the way a scalar was written is kept")
  func styles() throws {
    let text = "a: b\nc: 'd'\ne: \"f\"\ng: |\n  h\ni: >\n  j\n"
    let node = try Node.documents(in: SourceFile(name: "a.yaml", text: text))[0]
    let styles = node.mapping?.entries.map(\.value.style)
    #expect(styles == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded])
    #expect(node["i"]?.stringValue == "j\n")
  }
}
