/// `eq`, `lt` and what is made of them. Values of different kinds cannot be compared.
enum TemplateComparison {
  /// True when the first value is equal to one of the others.
  static func equal(_ values: [TemplateValue]) throws(TemplateError) -> Bool {
    guard values.count > 1 else { throw TemplateError("missing argument for comparison") }
    for other in values.dropFirst() where try equal(values[0], other) { return true }
    return false
  }

  private static func equal(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch (left, right) {
    case (.missing, _), (_, .missing), (.none, _), (_, .none):
      return isNil(left) && isNil(right)
    case (.list, _), (.map, _): throw TemplateError("uncomparable type \(left.typeName)")
    case (_, .list), (_, .map): throw TemplateError("uncomparable type \(right.typeName)")
    case (.bool, .bool), (.integer, .integer), (.number, .number), (.string, .string),
      (.structure, .structure):
      return left == right
    default: throw TemplateError("incompatible types for comparison")
    }
  }

  /// True when the first value comes before the second or is equal to it.
  static func lessOrEqual(_ values: [TemplateValue]) throws(TemplateError) -> Bool {
    if try less(values[0], values[1]) { return true }
    return try equal(values)
  }

  private static func isNil(_ value: TemplateValue) -> Bool {
    value == .missing || value == .none
  }

  /// True when the first value comes before the second: numbers by size, strings by their bytes.
  static func less(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch (left, right) {
    case (.integer(let left), .integer(let right)): return left < right
    case (.number(let left), .number(let right)): return left < right
    case (.string(let left), .string(let right)):
      return left.utf8.lexicographicallyPrecedes(right.utf8)
    case (.integer, _), (.number, _), (.string, _):
      throw TemplateError("incompatible types for comparison")
    default: throw TemplateError("invalid type for comparison")
    }
  }
}
