/// The text of a manual page: the `man` macros, with everything else escaped.
///
/// Source: groff_man(7); man-pages(7) for the order of sections.
struct Roff {
  /// What was written so far.
  private(set) var text: String

  /// Begins a page of section 1.
  init(title: String, version: String) {
    // Without a date: the same sources give the same page.
    text = ".TH \"\(Self.escaped(title.uppercased()))\" 1 \"\" \"roost \(version)\" \"roost\"\n"
    // Sentences are not stretched, words are not cut.
    text += ".nh\n.ad l\n"
  }

  /// Begins a section, such as `OPTIONS`.
  mutating func section(_ title: String) {
    text += ".SH \"\(Self.escaped(title.uppercased()))\"\n"
  }

  /// Begins a part of a section.
  mutating func subsection(_ title: String) {
    text += ".SS \"\(Self.escaped(title))\"\n"
  }

  /// Writes text that may be filled. An empty line begins a paragraph, indented lines stay as they
  /// are.
  mutating func paragraph(_ words: String) {
    var isVerbatim = false
    for line in words.split(separator: "\n", omittingEmptySubsequences: false) {
      let keepsSpaces = line.contains("  ")
      if keepsSpaces != isVerbatim { text += keepsSpaces ? ".nf\n" : ".fi\n" }
      isVerbatim = keepsSpaces
      text += line.isEmpty ? ".PP\n" : Self.line(line)
    }
    if isVerbatim { text += ".fi\n" }
  }

  /// Writes one row of a list: a term, already marked up, and what it means.
  mutating func item(_ term: String, _ meaning: String) {
    text += ".TP\n\(term)\n" + (meaning.isEmpty ? "\\&\n" : Self.line(meaning))
  }

  /// Writes lines as they are, as an example.
  mutating func example(_ lines: [String]) {
    text += ".PP\n.RS 4\n.nf\n" + lines.map(Self.line).joined() + ".fi\n.RE\n"
  }

  /// Writes a line that is already marked up.
  mutating func markup(_ line: String) { text += line + "\n" }

  /// A text in bold.
  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
  /// A text in italics, for what the reader replaces.
  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  /// A line that begins with no macro, whatever it begins with.
  private static func line(_ text: some StringProtocol) -> String {
    let isMacro = text.hasPrefix(".") || text.hasPrefix("'")
    return (isMacro ? "\\&" : "") + escaped(text) + "\n"
  }

  /// A text in which nothing has a meaning for the formatter. Plain `-` would become a hyphen, which
  /// nobody can paste into a shell; so would quotes.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "\"": result += "\\(dq"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      default: result.append(character)
      }
    }
    return result
  }
}
