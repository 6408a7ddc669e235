import Model

/// A table of text with aligned columns, as Docker prints its listings. Control characters in cells
/// are written out, also for a file: a line break in one would be a row that is not there.
struct Table {
  /// The titles of the columns.
  var header: [String]
  /// The rows; each has as many cells as the header.
  var rows: [[String]] = []
  /// What every column but the last has at least, the blanks behind it included.
  var minimumWidth = 0

  /// Makes a table without rows.
  init(_ header: String...) { self.init(header) }

  /// Makes a table without rows.
  init(_ header: [String]) { self.header = header }

  /// The lines of the table; columns are at least three blanks apart, nothing follows the last cell.
  func text() -> String {
    let all = ([header] + rows).map { row in
      row.map { TerminalCharacters.escaped($0, keepsLines: false) }
    }
    var widths = header.map { _ in 0 }
    for row in all {
      for (column, cell) in row.enumerated() {
        widths[column] = max(widths[column], TerminalCharacters.width(cell))
      }
    }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        guard column < row.count - 1 else { break }
        let width = max(minimumWidth, widths[column] + 3)
        line += String(repeating: " ", count: width - TerminalCharacters.width(cell))
      }
      return line
    }.joined(separator: "\n")
  }
}
