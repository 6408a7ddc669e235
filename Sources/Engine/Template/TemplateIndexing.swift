import Model

/// `index`, `slice` and `len`, which count bytes in strings as Go does.
enum TemplateIndexing {
  /// How many bytes, elements or members a value has.
  static func length(_ value: TemplateValue) throws(TemplateError) -> Int64 {
    switch value {
    case .string(let string): Int64(string.utf8.count)
    case .list(let elements, _): Int64(elements.count)
    case .map(let object, _): Int64(object.count)
    case .missing, .none: throw TemplateError("len of nil pointer")
    default: throw TemplateError("len of type \(value.typeName)")
    }
  }

  /// `index x 1 "a"`: `x[1]["a"]`.
  static func index(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    var value = arguments[0]
    if value == .missing || value == .none { throw TemplateError("index of untyped nil") }
    for key in arguments.dropFirst() { value = try element(key, of: value) }
    return value
  }

  private static func element(
    _ key: TemplateValue, of value: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch value {
    case .list(let elements, _):
      return TemplateValue(elements[try position(key, below: elements.count)])
    case .string(let string):
      let bytes = Array(string.utf8)
      return .integer(Int64(bytes[try position(key, below: bytes.count)]))
    case .map(let object, _):
      guard case .string(let name) = key else {
        throw TemplateError("value has type \(key.typeName); should be string")
      }
      return object[name].map { TemplateValue($0, named: name) } ?? zero(of: object)
    case .missing, .none: throw TemplateError("index of nil pointer")
    default: throw TemplateError("can't index item of type \(value.typeName)")
    }
  }

  /// What a map gives for a key that it does not have: an empty one of what it holds.
  private static func zero(of object: JSONObject) -> TemplateValue {
    guard let first = object.members.first else { return .string("") }
    switch first.value {
    case .string: return .string("")
    case .integer: return .integer(0)
    case .bool: return .bool(false)
    case .array: return .list([], isNil: true)
    default: return .none
    }
  }

  private static func position(
    _ key: TemplateValue, below count: Int
  ) throws(TemplateError) -> Int {
    guard case .integer(let number) = key else {
      throw TemplateError("cannot index slice/array with type \(key.typeName)")
    }
    guard number >= 0, number < count else { throw TemplateError("index out of range: \(number)") }
    return Int(number)
  }

  /// `slice x 1 3`: `x[1:3]`, also `slice x` and `slice x 1`; a third bound is for lists alone.
  static func slice(_ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    let bounds = arguments.dropFirst()
    guard bounds.count <= 3 else {
      throw TemplateError("too many slice indexes: \(bounds.count)")
    }
    switch arguments[0] {
    case .string(let string):
      guard bounds.count < 3 else { throw TemplateError("cannot 3-index slice a string") }
      let bytes = Array(string.utf8)
      let range = try range(bounds, below: bytes.count)
      return .string(String(decoding: bytes[range], as: UTF8.self))
    case .list(let elements, _):
      return .list(Array(elements[try range(bounds, below: elements.count)]), isNil: false)
    case .missing, .none: throw TemplateError("slice of untyped nil")
    default: throw TemplateError("can't slice item of type \(arguments[0].typeName)")
    }
  }

  private static func range(
    _ bounds: ArraySlice<TemplateValue>, below count: Int
  ) throws(TemplateError) -> Range<Int> {
    var numbers: [Int] = []
    for bound in bounds { numbers.append(try position(bound, below: count + 1)) }
    let start = numbers.first ?? 0
    let end = numbers.count > 1 ? numbers[1] : count
    guard start <= end, numbers.count < 3 || end <= numbers[2] else {
      throw TemplateError("invalid slice index: \(start) > \(end)")
    }
    return start..<end
  }
}
