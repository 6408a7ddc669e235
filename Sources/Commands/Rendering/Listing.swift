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
  /// The labels of each row, for `.Label "key"` in a template; empty where rows have none.
  var labels: [OrderedMap<String>] = []
  /// The layout of the JSON form.
  var jsonForm: JSONForm = .lines

  /// The text in the form `format` names, with a final newline unless it is empty.
  func text(format: String?) throws -> String {
    switch format {
    case nil, "", "table", "pretty": return table(columns) + "\n"
    case "json": return json
    case .some(let format) where format.hasPrefix("table "):
      return try templateTable(String(format.dropFirst(6)))
    case .some(let template): return try rendered(template).map { $0 + "\n" }.joined()
    }
  }

  /// The text of each row; a template's mistakes are told with the fields that there are.
  private func rendered(_ text: String) throws -> [String] {
    do {
      return try rendered(FormatTemplate(text))
    } catch {
      throw EngineError("template parsing error: \(error)", hint: "fields: \(fieldNames)")
    }
  }

  private func rendered(_ template: FormatTemplate) throws(TemplateError) -> [String] {
    var lines: [String] = []
    for (position, row) in rows.enumerated() {
      let labels = labels.indices.contains(position) ? labels[position] : nil
      lines.append(try template.render(row, labels: labels))
    }
    return lines
  }

  private var fieldNames: String {
    let fields = Set(rows.flatMap { $0.objectValue?.keys ?? [] })
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
    table.rows = rows.map { row in
      columns.map { column in row[column.field].map { GoFormat.shown(TemplateValue($0)) } ?? "" }
    }
    return table.text()
  }

  /// `table {{.Name}}\t{{.Status}}`: tabs separate the columns, and the template that is given
  /// titles for values makes their heads.
  private func templateTable(_ body: String) throws -> String {
    var flat = self
    flat.rows = rows.map(Self.withoutBreaks)
    let lines = try flat.rendered(body)
    let head: String
    do {
      head = try FormatTemplate(body).renderHeader(titles)
    } catch {
      throw EngineError("template parsing error: \(error)", hint: "fields: \(fieldNames)")
    }
    return TabbedText.aligned(([head] + lines).joined(separator: "\n")) + "\n"
  }

  /// A row whose values have no tabs and newlines, which would make cells and rows.
  private static func withoutBreaks(_ value: JSON) -> JSON {
    switch value {
    case .string(let text): .string(TerminalCharacters.escaped(text, keepsLines: false))
    case .array(let elements): .array(elements.map(withoutBreaks))
    case .object(let object):
      .object(JSONObject(object.members.map { ($0.key, withoutBreaks($0.value)) }))
    default: value
    }
  }

  private var titles: JSONObject {
    let fields = Set(rows.flatMap { $0.objectValue?.keys ?? [] }).union(columns.map(\.field))
    return JSONObject(
      fields.map { field in
        let title = columns.first { $0.field == field }?.title
        return (field, .string(title ?? TemplateHeader.title(of: field)))
      })
  }
}
