import Model

/// A `spec.json` that cannot be used.
package struct SpecError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Which member, such as `mounts[2].target`.
  package var path: String
  /// What is wrong with it.
  package var reason: String

  /// A sentence for people.
  package var description: String { "container specification: \(path): \(reason)" }
}

/// Reads the members of one JSON object and knows where it stands.
package struct SpecReader {
  package let json: JSON
  package let path: String

  package init(_ json: JSON, path: String = "") {
    self.json = json
    self.path = path
  }

  private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func error(_ key: String, _ reason: String) -> SpecError {
    SpecError(path: place(key), reason: reason)
  }

  private func member(_ key: String) -> JSON? {
    guard let value = json[key], !value.isNull else { return nil }
    return value
  }

  package func optionalString(_ key: String) throws(SpecError) -> String? {
    guard let value = member(key) else { return nil }
    guard let text = value.stringValue else { throw error(key, "must be a string") }
    return text
  }

  package func string(_ key: String) throws(SpecError) -> String {
    guard let text = try optionalString(key) else { throw error(key, "is missing") }
    return text
  }

  package func string(_ key: String, _ standard: String) throws(SpecError) -> String {
    try optionalString(key) ?? standard
  }

  package func optionalInteger<Value: FixedWidthInteger>(_ key: String) throws(SpecError) -> Value?
  {
    guard let value = member(key) else { return nil }
    guard let number = value.intValue, let exact = Value(exactly: number) else {
      throw error(key, "must be a whole number in range")
    }
    return exact
  }

  package func integer<Value: FixedWidthInteger>(
    _ key: String, _ standard: Value
  ) throws(SpecError) -> Value {
    try optionalInteger(key) ?? standard
  }

  package func flag(_ key: String, _ standard: Bool = false) throws(SpecError) -> Bool {
    guard let value = member(key) else { return standard }
    guard let flag = value.boolValue else { throw error(key, "must be true or false") }
    return flag
  }

  package func optionalStrings(_ key: String) throws(SpecError) -> [String]? {
    guard let value = member(key) else { return nil }
    guard let elements = value.arrayValue else { throw error(key, "must be an array") }
    var result: [String] = []
    result.reserveCapacity(elements.count)
    for element in elements {
      guard let text = element.stringValue else { throw error(key, "must hold strings") }
      result.append(text)
    }
    return result
  }

  package func strings(_ key: String) throws(SpecError) -> [String] {
    try optionalStrings(key) ?? []
  }

  /// Pairs, written as an array of `NAME=value`: an object would pay for uniqueness.
  package func pairs(_ key: String) throws(SpecError) -> [NamedValue] {
    var result: [NamedValue] = []
    for text in try strings(key) {
      guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
        throw error(key, "\"\(text)\" has no \"=\"")
      }
      result.append(
        NamedValue(String(text[..<mark]), String(text[text.utf8.index(after: mark)...])))
    }
    return result
  }

  package func choice<Value: RawRepresentable<String>>(
    _ key: String, _ standard: Value
  ) throws(SpecError) -> Value {
    guard let text = try optionalString(key) else { return standard }
    guard let value = Value(rawValue: text) else { throw error(key, "\"\(text)\" is unknown") }
    return value
  }

  package func object(_ key: String) throws(SpecError) -> SpecReader {
    guard let value = member(key), value.objectValue != nil else {
      throw error(key, "is missing")
    }
    return SpecReader(value, path: place(key))
  }

  package func optionalObject(_ key: String) -> SpecReader? {
    member(key).map { SpecReader($0, path: place(key)) }
  }

  package func objects(_ key: String) throws(SpecError) -> [SpecReader] {
    guard let value = member(key) else { return [] }
    guard let elements = value.arrayValue else { throw error(key, "must be an array") }
    return elements.enumerated().map { SpecReader($1, path: "\(place(key))[\($0)]") }
  }

  package func identity(_ key: String) throws(SpecError) -> ObjectID {
    let text = try string(key)
    guard let id = ObjectID(text) else { throw error(key, "\"\(text)\" is no identity") }
    return id
  }
}

/// Collects the members of a JSON object, leaving out what has no value.
package struct SpecWriter {
  package private(set) var object = JSONObject()

  package init() {}

  package var json: JSON { .object(object) }

  package mutating func set(_ key: String, _ value: String?) {
    if let value { object[key] = .string(value) }
  }

  package mutating func set(_ key: String, _ value: (some BinaryInteger)?) {
    if let value { object[key] = .integer(Int64(value)) }
  }

  package mutating func set(_ key: String, _ value: Bool) {
    if value { object[key] = .bool(true) }
  }

  package mutating func set(_ key: String, _ values: [String]) {
    if !values.isEmpty { object[key] = .strings(values) }
  }

  package mutating func set(_ key: String, _ values: [NamedValue]) {
    set(key, values.map { "\($0.name)=\($0.value)" })
  }

  package mutating func set(_ key: String, _ values: [JSON]) {
    if !values.isEmpty { object[key] = .array(values) }
  }

  package mutating func set(_ key: String, json value: JSON?) {
    if let value { object[key] = value }
  }
}
