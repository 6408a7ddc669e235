import Model

/// A Go template that renders JSON values, as `--format '{{.Name}}'` asks for.
package struct FormatTemplate: Sendable {
  private let parsed: ParsedTemplate

  /// Parses a template. With `unescaping`, `\t` and `\n` in its text stand for a tab and a newline,
  /// as in Docker's listings; `inspect` takes them as they are.
  package init(_ text: String, unescaping: Bool = true) throws(TemplateError) {
    parsed = try TemplateParser.parse(text, unescaping: unescaping)
  }

  /// The text for one value.
  ///
  /// - Parameter labels: what `.Label "key"` looks up; nil where there is no such function.
  package func render(_ value: JSON, labels: OrderedMap<String>? = nil) throws(TemplateError)
    -> String
  {
    var label: (@Sendable (String) -> String)?
    if let labels { label = { labels[$0] ?? "" } }
    var run = TemplateRun(
      root: TemplateValue(value), definitions: parsed.definitions, label: label)
    return try run.output(of: parsed.nodes)
  }

  /// The heads of the columns, with Docker's functions left without effect.
  package func renderHeader(_ titles: JSONObject) throws(TemplateError) -> String {
    var run = TemplateRun(
      root: .map(titles, isNil: false), definitions: parsed.definitions,
      label: TemplateHeader.label, isHeader: true)
    return try run.output(of: parsed.nodes)
  }
}

/// Titles of the columns of `--format 'table …'`.
package enum TemplateHeader {
  /// The title of `.Label "com.example.my-key"`: `my key`.
  /// Source: docker/cli, formatter/custom.go, `SubHeaderContext.Label`.
  @Sendable static func label(_ key: String) -> String {
    let last = key.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    return String(last).replacing("-", with: " ").replacing("_", with: " ")
  }

  /// The title of a field by its name: `LocalVolumes` is `LOCAL VOLUMES`, `ID` stays.
  package static func title(of field: String) -> String {
    var title = ""
    var previous: Character?
    for character in field {
      if character.isUppercase, previous?.isLowercase == true { title += " " }
      title += character.uppercased()
      previous = character
    }
    return title
  }
}
