import ArgumentParser
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("Manual pages", .timeLimit(.standard))
struct ManualTests {
  private static let pages = ManualPage.all

  private static func page(_ name: String) throws -> String {
    try #require(pages.first { $0.name == name }).text
  }

  /// What the reader sees of a page: without macros, fonts and escapes.
  private static func plain(_ text: String) -> String {
    let escapes = [
      ("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\&", ""), ("\\-", "-"), ("\\(aq", "'"),
      ("\\(ga", "`"), ("\\(dq", "\""), ("\\(ha", "^"), ("\\(ti", "~"), ("\\e", "\\"),
    ]
    var plain = text[...]
    var result = ""
    while let first = plain.first {
      if let escape = escapes.first(where: { plain.hasPrefix($0.0) }) {
        result += escape.1
        plain = plain.dropFirst(escape.0.count)
      } else {
        result.append(first)
        plain = plain.dropFirst()
      }
    }
    return result
  }

  @Test("every command that the help shows has a page, under the words that call it")
  func names() {
    let names = Self.pages.map(\.name)
    #expect(names.first == "roost")
    #expect(Set(names).count == names.count)
    for name in ["roost-up", "roost-image", "roost-image-ls", "roost-container-run"] {
      #expect(names.contains(name))
    }
    #expect(!names.contains { $0.contains("__") })
  }

  @Test("a page names every option and operand that the help shows", arguments: pages.map(\.name))
  func options(name: String) throws {
    let words = name.split(separator: "-").dropFirst().map(String.init)
    let (command, count) = CommandTree.find(words)
    #expect(count == words.count)
    let shown = words.isEmpty ? RoostCommand.self : command
    let text = Self.plain(try Self.page(name))
    for argument in CommandDescription(of: shown).arguments where argument.isDisplayed {
      for name in argument.names { #expect(text.contains(name)) }
      #expect(text.contains(argument.abstract))
    }
  }

  @Test(
    "nothing that a command says is taken for a macro or an escape", arguments: pages.map(\.name))
  func lines(name: String) throws {
    let macros = [".TH", ".SH", ".SS", ".TP", ".PP", ".RS", ".RE", ".nf", ".fi", ".nh", ".ad"]
    for line in try Self.page(name).split(separator: "\n") {
      if line.hasPrefix(".") || line.hasPrefix("'") {
        #expect(macros.contains { line == $0 || line.hasPrefix($0 + " ") }, "\(line)")
      }
    }
  }

  @Test("what has a meaning for the formatter is escaped")
  func escapes() {
    var roff = Roff(title: "x", version: "1")
    roff.paragraph(".TH \\fB 'a' -b\n'quoted\n  two  columns")
    let written = roff.text.split(separator: "\n").suffix(5).map(String.init)
    #expect(
      written == [
        "\\&.TH \\efB \\(aqa\\(aq \\-b", "\\&\\(aqquoted", ".nf", "  two  columns", ".fi",
      ])
  }

  @Test("the page of the program carries its version")
  func version() throws {
    #expect(
      try Self.page("roost").hasPrefix(".TH \"ROOST\" 1 \"\" \"roost \(ProgramVersion.current)\""))
  }
}
