import Model

/// Text whose tabs end cells, with the cells of neighbouring lines made equally wide.
///
/// A column is as wide as its widest cell among lines that follow each other and all have it; what
/// stands behind the last tab of a line belongs to no column. Source: Go, text/tabwriter, with the
/// settings of docker/cli, formatter.go.
enum TabbedText {
  private static let minimumWidth = 10
  private static let padding = 3

  /// The lines with blanks in the place of tabs. Other control characters are written out.
  static func aligned(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map {
        TerminalCharacters.escaped(String($0), keepsLines: false)
      }
    }
    return lines.indices.map { number in
      var shown = ""
      for (column, cell) in lines[number].enumerated() {
        shown += cell
        guard column < lines[number].count - 1 else { break }
        let width = Self.width(of: column, around: number, lines)
        shown += String(repeating: " ", count: width - TerminalCharacters.width(cell))
      }
      return shown
    }.joined(separator: "\n")
  }

  private static func width(of column: Int, around number: Int, _ lines: [[String]]) -> Int {
    let hasColumn: ([String]) -> Bool = { $0.count > column + 1 }
    let before = lines[..<number].reversed().prefix(while: hasColumn)
    let behind = lines[number...].prefix(while: hasColumn)
    let cells = (Array(before) + Array(behind)).map { TerminalCharacters.width($0[column]) }
    return max(minimumWidth, (cells.max() ?? 0) + padding)
  }
}
