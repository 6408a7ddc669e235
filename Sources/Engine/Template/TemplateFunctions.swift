import Model

/// The functions that Docker's templates know.
enum TemplateFunctions {
  private typealias Function = @Sendable ([JSON]) throws(TemplateError) -> JSON

  private static let table: [String: Function] = [
    "json": { (values) throws(TemplateError) in .string(values.first?.text(.escapeHTML) ?? "null")
    },
    "upper": { (values) throws(TemplateError) in .string(text(values.last).uppercased()) },
    "lower": { (values) throws(TemplateError) in .string(text(values.last).lowercased()) },
    "title": { (values) throws(TemplateError) in
      let word = text(values.last)
      return .string(word.prefix(1).uppercased() + word.dropFirst())
    },
    "len": { (values) throws(TemplateError) in .integer(length(values.first ?? .null)) },
    "print": { (values) throws(TemplateError) in .string(values.map(\.templateText).joined()) },
    "println": { (values) throws(TemplateError) in
      .string(values.map(\.templateText).joined(separator: " ") + "\n")
    },
    "split": { (values) throws(TemplateError) in
      let separator = text(values.last)
      let parts = text(values.first).split(separator: separator, omittingEmptySubsequences: false)
      return .array(parts.map { .string(String($0)) })
    },
    "join": { (values) throws(TemplateError) in
      let parts = (values.first?.arrayValue ?? []).map(\.templateText)
      return .string(parts.joined(separator: text(values.last)))
    },
    "truncate": { (values) throws(TemplateError) in
      .string(String(text(values.first).prefix(Int(values.last?.intValue ?? 0))))
    },
    "index": { (values) throws(TemplateError) in try index(values) },
    "not": { (values) throws(TemplateError) in .bool(!(values.first?.templateTruth ?? false)) },
    "and": { (values) throws(TemplateError) in
      values.first { !$0.templateTruth } ?? values.last ?? .null
    },
    "or": { (values) throws(TemplateError) in
      values.first { $0.templateTruth } ?? values.last ?? .null
    },
    "eq": { (values) throws(TemplateError) in
      .bool(values.dropFirst().contains { $0 == values.first })
    },
    "ne": { (values) throws(TemplateError) in .bool(values.first != values.last) },
    "lt": { (values) throws(TemplateError) in .bool(number(values.first) < number(values.last)) },
    "le": { (values) throws(TemplateError) in .bool(number(values.first) <= number(values.last)) },
    "gt": { (values) throws(TemplateError) in .bool(number(values.first) > number(values.last)) },
    "ge": { (values) throws(TemplateError) in .bool(number(values.first) >= number(values.last)) },
  ]

  /// Calls a function by its name.
  static func call(_ name: String, _ arguments: [JSON]) throws(TemplateError) -> JSON {
    guard let function = table[name] else {
      let meant = Suggestion.nearest(to: name, in: table.keys.sorted())
      let hint = meant.map { "; did you mean \"\($0)\"?" } ?? ""
      throw TemplateError(description: "function \"\(name)\" not defined\(hint)")
    }
    return try function(arguments)
  }

  private static func text(_ value: JSON?) -> String { value?.templateText ?? "" }
  private static func number(_ value: JSON?) -> Double { value?.doubleValue ?? 0 }

  private static func length(_ value: JSON) -> Int64 {
    switch value {
    case .string(let string): Int64(string.utf8.count)
    case .array(let elements): Int64(elements.count)
    case .object(let object): Int64(object.count)
    default: 0
    }
  }

  private static func index(_ values: [JSON]) throws(TemplateError) -> JSON {
    var value = values.first ?? .null
    for key in values.dropFirst() {
      if let position = key.intValue, let elements = value.arrayValue {
        guard elements.indices.contains(Int(position)) else {
          throw TemplateError(description: "index out of range: \(position)")
        }
        value = elements[Int(position)]
      } else {
        value = value[key.templateText] ?? .null
      }
    }
    return value
  }
}
