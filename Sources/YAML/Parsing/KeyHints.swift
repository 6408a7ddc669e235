/// What may have been meant by a key that is not a string.
enum KeyHints {
  static func hint(for node: Node) -> String? {
    guard node.isScalar else { return template(node) }
    guard !node.isNull, let key = node.sourceText else { return nil }
    guard let value = valueBehind(node) else { return "put it in quotes: \"\(key)\"" }
    // `- 80: 80` and `{80: 80}` are ports more often than maps with a number as the key.
    return "for a text write \"\(key):\(value)\", without the blank and in quotes; "
      + "for a key write \"\(key)\": \(value)"
  }

  /// `image: {{ image }}` is a map with a map as its key.
  private static func template(_ node: Node) -> String? {
    guard node.mapping != nil, node.mark.excerpt?.contains("{{") == true else { return nil }
    return "`{{ … }}` is a map to YAML: render the template first, or use `${NAME}`, which Compose "
      + "fills in"
  }

  /// The number that stands behind a key that is a number, in the same line.
  private static func valueBehind(_ node: Node) -> String? {
    guard node.numberValue != nil, let line = node.mark.excerpt else { return nil }
    let rest = line.unicodeScalars.dropFirst(node.mark.column - 1)
    guard let colon = rest.firstIndex(of: ":") else { return nil }
    let value = rest[rest.index(after: colon)...].drop { $0 == " " }
      .prefix { ("0"..."9").contains($0) }
    return value.isEmpty ? nil : String(String.UnicodeScalarView(value))
  }
}
