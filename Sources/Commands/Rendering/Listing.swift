import Engine
import Model

/// A listing in one of the forms that `--format` names: a table, JSON, or a Go template.
struct Listing {
  /// One column of the table form.
  struct Column {
    /// The title.
    var title: String
    /// The member of the row's object that fills it.
    var field: String

    /// Makes a column; without a title it is the field's name in capitals.
    init(_ field: String, _ title: String? = nil) {
      self.field = field
      self.title = title ?? field.uppercased()
    }
  }

  /// How the JSON form is laid out.
  enum JSONForm {
    /// One object a line, as `ps` does.
    case lines
    /// One array, as `ls` does.
    case array
  }

  /// The columns of the table form.
  var columns: [Column]
  /// One object a row.
  var rows: [JSON]
  /// The layout of the JSON form.
  var jsonForm: JSONForm = .lines

  /// The text in the form `format` names, with a final newline unless it is empty.
  func text(format: String?) throws -> String {
    switch format {
    case nil, "", "table", "pretty": return table(columns) + "\n"
    case "json": return json
    case .some(let format) where format.hasPrefix("table "): return try templateTable(format)
    case .some(let template):
      do {
        let parsed = try FormatTemplate(template)
        return try rows.map { try parsed.render($0, fields: fields) + "\n" }.joined()
      } catch let error as TemplateError {
        throw EngineError("template parsing error: \(error)", hint: "fields: \(fieldNames)")
      }
    }
  }

  private var fields: Set<String> { Set(rows.flatMap { $0.objectValue?.keys ?? [] }) }

  private var fieldNames: String {
    let names = rows.isEmpty ? columns.map(\.field) : fields.sorted()
    return names.map { ".\($0)" }.joined(separator: " ")
  }

  private var json: String {
    switch jsonForm {
    case .lines: rows.map { $0.text(.escapeHTML) + "\n" }.joined()
    case .array: JSON.array(rows).text(.escapeHTML) + "\n"
    }
  }

  private func table(_ columns: [Column]) -> String {
    var table = Table()
    table.header = columns.map(\.title)
    table.rows = rows.map { row in columns.map { row[$0.field]?.templateText ?? "" } }
    return table.text()
  }

  /// `table {{.Name}}\t{{.Status}}`: the fields of the template become the columns.
  private func templateTable(_ format: String) throws -> String {
    let body = String(format.dropFirst(6)).replacing("\\t", with: "\t")
    let cells = body.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    do {
      let templates = try cells.map { try FormatTemplate($0) }
      var table = Table()
      table.header = cells.map(title)
      table.rows = try rows.map { row in try templates.map { try $0.render(row, fields: fields) } }
      return table.text() + "\n"
    } catch let error as TemplateError {
      throw EngineError("template parsing error: \(error)", hint: "fields: \(fieldNames)")
    }
  }

  private func title(of cell: String) -> String {
    let field = cell.replacing("{{", with: "").replacing("}}", with: "").trimmed.drop { $0 == "." }
    return columns.first { $0.field == field }?.title ?? field.uppercased()
  }
}
