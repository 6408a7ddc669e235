import TestSupport
import Testing

@testable import Commands

@Suite("tables and dressed text", .timeLimit(.standard))
struct TableTests {
  @Test("columns are aligned by what a terminal shows")
  func alignment() {
    var table = Table("NAME", "STATUS")
    table.rows = [["日本", "up"], ["a\u{1B}b", "down"], ["e\u{301}", "up\nrow"]]
    #expect(
      table.text() == """
        NAME       STATUS
        日本       up
        a\\u001bb   down
        e\u{301}          up\\nrow
        """)
  }

  @Test("in a literal only its own characters command the terminal")
  func literals() {
    let name = "a\u{1B}[31m\nb"
    let text: TerminalText = "\u{1B}[1m\(name)\u{1B}[0m \(3)"
    #expect(text.text == "\u{1B}[1ma\\u001b[31m\\nb\u{1B}[0m 3")
    let styled = TextStyle(isDressed: true).color("32", "\(name)")
    #expect(styled.text == "\u{1B}[32ma\\u001b[31m\\nb\u{1B}[0m")
    #expect(("<\(styled)>" as TerminalText).text == "<\(styled.text)>")
    #expect(TerminalText(lines: "a\u{7}\nb").text == "a\\u0007\nb")
  }
}
