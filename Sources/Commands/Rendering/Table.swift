/// A table of text with aligned columns, as Docker prints its listings.
struct Table {
  /// The titles of the columns.
  var header: [String]
  /// The rows; each has as many cells as the header.
  var rows: [[String]] = []

  /// Makes a table without rows.
  init(_ header: String...) { self.init(header) }

  /// Makes a table without rows.
  init(_ header: [String]) { self.header = header }

  /// The lines of the table; columns are three blanks apart, nothing follows the last cell.
  func text() -> String {
    let all = [header] + rows
    var widths = header.map(\.count)
    for row in rows {
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        guard column < row.count - 1 else { break }
        line += String(repeating: " ", count: widths[column] - cell.count + 3)
      }
      return line
    }.joined(separator: "\n")
  }
}
