import TestSupport
import Testing

@testable import Model

@Suite("characters on a terminal", .timeLimit(.standard))
struct TerminalCharacterTests {
  @Test(
    "controls and turns of direction are written out",
    arguments: [
      ("\u{1B}[2J", #"\u001b[2J"#), ("\u{9B}2J", #"\u009b2J"#), ("a\u{7F}", #"a\u007f"#),
      ("\u{0}", #"\u0000"#), ("a\u{8}b", #"a\u0008b"#), ("\u{202E}x\u{2069}", #"\u202ex\u2069"#),
      ("\u{2028}", #"\u2028"#), ("a\rb\nc\td", #"a\rb\nc\td"#), ("\r\n", #"\r\n"#),
      ("e\u{1B}\u{301}", "e\\u001b\u{301}"), ("\u{61C}\u{200F}", #"\u061c\u200f"#),
    ])
  func escapes(_ text: String, _ shown: String) {
    #expect(TerminalCharacters.escaped(text, keepsLines: false) == shown)
  }

  @Test(
    "other text is left as it is",
    arguments: ["", "plain", "Grüße", "日本語", "👩‍👩‍👧", "עברית", "\u{A0}", "e\u{301}"])
  func text(_ text: String) {
    #expect(TerminalCharacters.escaped(text, keepsLines: false) == text)
  }

  @Test("lines and tabs stay in a text of several lines, carriage returns do not")
  func lines() {
    #expect(
      TerminalCharacters.escaped("a\n\tb\u{1B}\r\n", keepsLines: true) == "a\n\tb\\u001b\\r\n")
  }

  @Test(
    "the columns of a text are those of a terminal",
    arguments: [
      ("", 0), ("abc", 3), ("Grüße", 5), ("日本", 4), ("한글", 4), ("ｆｕｌｌ", 8), ("e\u{301}", 1),
      ("👍", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("…", 1), ("Ω", 1),
    ])
  func width(_ text: String, _ columns: Int) {
    #expect(TerminalCharacters.width(text) == columns)
  }

  @Test("a text is cut between characters, within its columns")
  func prefix() {
    #expect(TerminalCharacters.prefix("日本語", columns: 5) == "日本")
    #expect(TerminalCharacters.prefix("abc", columns: 5) == "abc")
    #expect(TerminalCharacters.prefix("abc", columns: 0) == "")
  }
}
