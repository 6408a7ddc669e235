import TestSupport
import Testing

@testable import Model

@Suite("Hexadecimal digits", .timeLimit(.standard))
struct HexadecimalTests {
  @Test("bytes are written in lower case, two digits each")
  func text() {
    #expect(Hexadecimal.text([0, 0x0A, 0x9F, 0xFF]) == "000a9fff")
    #expect(Hexadecimal.text([]) == "")
  }

  @Test("every digit is written and read back, in both cases")
  func digits() {
    for value in UInt8(0)..<16 {
      #expect(Hexadecimal.value(of: Hexadecimal.digit(value)) == value)
      #expect(Hexadecimal.value(of: Hexadecimal.digit(value, uppercase: true)) == value)
    }
    #expect(Hexadecimal.digit(11, uppercase: true) == UInt8(ascii: "B"))
    for byte in "gG/:@`".utf8 { #expect(Hexadecimal.value(of: byte) == nil) }
    #expect(Hexadecimal.isLowercaseDigit(UInt8(ascii: "f")))
    #expect(!Hexadecimal.isLowercaseDigit(UInt8(ascii: "F")))
  }
}

@Suite("Base 64", .timeLimit(.standard))
struct Base64Tests {
  // Source: RFC 4648, section 10.
  @Test(
    "the vectors of the standard are written and read",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func vectors(text: String, encoded: String) {
    #expect(Base64.encode(text) == encoded)
    #expect(Base64.decode(encoded) as String? == text)
  }

  @Test("line breaks and blanks are skipped")
  func blanks() { #expect(Base64.decode("Zm9v\r\n Yg==\n") as String? == "foob") }

  @Test(
    "what is malformed is refused",
    arguments: ["Zg", "Zg=", "Zg===", "Z===", "Zm9v=", "Zg==Zg==", "Zm9-", "/w=="])
  func malformed(text: String) { #expect(Base64.decode(text) as String? == nil) }
}

@Suite("Durations in Go's spelling", .timeLimit(.standard))
struct GoDurationTests {
  @Test(
    "a duration is read and written",
    arguments: [
      ("30s", "30s"), ("1m30s", "1m30s"), ("90s", "1m30s"), ("1h", "1h0m0s"), ("500ms", "500ms"),
      ("1.5s", "1.5s"), ("0", "0s"), ("0s", "0s"), ("-1s", "-1s"), ("+1.5h", "1h30m0s"),
      (".5s", "500ms"), ("1us", "1µs"), ("1ms1us", "1.001ms"), ("2562047h", "2562047h0m0s"),
    ])
  func roundTrip(text: String, expected: String) throws {
    #expect(GoDuration.text(try GoDuration.parse(text)) == expected)
  }

  static let refused: [(String, GoDuration.Failure)] = [
    ("", .missingNumber), ("-", .missingNumber), ("s", .missingNumber), (".s", .missingNumber),
    ("1", .missingUnit), ("1s2", .missingUnit), ("1x", .unknownUnit("x")),
    ("1d", .unknownUnit("d")), ("1h 30m", .unknownUnit("h ")), ("2562048h", .tooLong),
    ("99999999999999999999s", .tooLong),
  ]

  @Test("anything else is refused with the reason", arguments: refused)
  func refuses(text: String, reason: GoDuration.Failure) {
    #expect(throws: reason) { try GoDuration.parse(text) }
  }

  @Test("units beside Go's are read when they are given")
  func furtherUnits() throws {
    let day: Int64 = 86_400_000_000_000
    #expect(try GoDuration.parse("1.5d1s", furtherUnits: ["d": day]) == day * 3 / 2 + 1_000_000_000)
  }
}

@Suite("Files of users and groups", .timeLimit(.standard))
struct AccountFileTests {
  @Test("users are read, lines that are wrong are skipped")
  func users() {
    let text = """
      root:x:0:0:root:/root:/bin/sh

      broken line
      short:x:7
      four:x:8:9
      :x:1:1::/:
      signed:x:+1:1::/:
      text:x:a:1::/:
      large:x:4294967296:1::/:
      web:x:1000:1001:W\u{301}eb:/srv/web:/bin/sh
      mark:\u{301}:5:6:\u{301}:\u{301}/home:
      """
    #expect(
      PasswordEntry.parse(text) == [
        PasswordEntry(name: "root", user: 0, group: 0, home: "/root"),
        PasswordEntry(name: "four", user: 8, group: 9, home: ""),
        PasswordEntry(name: "web", user: 1000, group: 1001, home: "/srv/web"),
        PasswordEntry(name: "mark", user: 5, group: 6, home: "\u{301}/home"),
      ])
  }

  @Test("groups are read with their members")
  func groups() {
    #expect(
      GroupEntry.parse("root:x:0:\nwheel:x:10:web,other\nthree:x:3\nno:x:\n") == [
        GroupEntry(name: "root", number: 0, members: []),
        GroupEntry(name: "wheel", number: 10, members: ["web", "other"]),
        GroupEntry(name: "three", number: 3, members: []),
      ])
  }
}

@Suite("Strings in JSON", .timeLimit(.standard))
struct JSONStringTests {
  @Test("what JSON does not allow is escaped, what stands in scripts if wanted")
  func escapes() {
    let value = JSON.string("a\"\\\n\r\t\u{8}\u{C}\u{1}<&>é\u{2028}\u{2029}\u{2027}")
    #expect(
      value.text() == "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001<&>é\u{2028}\u{2029}\u{2027}\"")
    #expect(
      value.text(.escapeHTML)
        == "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u003c\\u0026\\u003eé\\u2028\\u2029\u{2027}\"")
  }
}
