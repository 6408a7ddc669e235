import Model
import TestSupport
import Testing

@Suite("JSON", .timeLimit(.standard))
struct JSONTests {
  @Test("a value keeps the order of its members through text and back")
  func keepsOrder() throws {
    let text = #"{"b":1,"a":[true,null,"x\ny",1.5],"é":"\u0001"}"#
    #expect(try JSON.parse(text).text() == text)
  }

  @Test(
    "a broken text is refused with the place",
    arguments: ["{", "[1,]", "\"a", "01x", "{\"a\" 1}", "[1] 2", "nul", "\"\\u12\""])
  func refuses(text: String) {
    #expect(throws: JSONError.self) { try JSON.parse(text) }
  }

  @Test("nesting has a limit instead of a stack overflow")
  func depth() {
    #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 100_000)) }
  }

  @Test(
    "numbers are written as Go writes them",
    arguments: [
      (1.5, "1.5"), (1e21, "1e+21"), (1e-7, "1e-7"), (123456789.25, "123456789.25"), (2.0, "2"),
    ])
  func numbers(value: Double, text: String) {
    #expect(JSON.number(value).text() == text)
  }

  @Test("surrogate pairs become one character")
  func surrogates() throws {
    #expect(try JSON.parse(#""\ud83d\ude00""#) == .string("😀"))
  }
}

@Suite("Timestamp", .timeLimit(.standard))
struct TimestampTests {
  @Test(
    "text and moment agree",
    arguments: [
      "1970-01-01T00:00:00.000000000Z", "2000-02-29T23:59:59.999999999Z",
      "2026-11-23T08:16:00.123456789Z", "1969-12-31T23:59:59.500000000Z",
    ])
  func roundTrip(text: String) throws {
    #expect(try #require(Timestamp(rfc3339: text)).rfc3339 == text)
  }

  @Test("a zone is taken off")
  func zone() throws {
    let moment = try #require(Timestamp(rfc3339: "2026-01-01T01:30:00+01:30"))
    #expect(moment.rfc3339(fractionDigits: 0) == "2026-01-01T00:00:00Z")
  }
}
