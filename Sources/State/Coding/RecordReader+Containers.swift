import Model

// Members that hold several values.
extension RecordReader {
  /// The strings of the array at `key`; nil when absent.
  package func optionalStrings(_ key: String) throws(RecordError) -> [String]? {
    guard let elements = try array(key) else { return nil }
    var result: [String] = []
    result.reserveCapacity(elements.count)
    for element in elements {
      guard let text = element.stringValue else { throw error(key, "must hold strings") }
      result.append(text)
    }
    return result
  }

  /// The strings of the array at `key`; empty when absent.
  package func strings(_ key: String) throws(RecordError) -> [String] {
    try optionalStrings(key) ?? []
  }

  /// The pairs at `key`, written as an array of `NAME=value`: an object would pay for uniqueness.
  package func pairs(_ key: String) throws(RecordError) -> [NamedValue] {
    try values(key, "of the form NAME=value") { text in
      text.utf8.firstIndex(of: UInt8(ascii: "=")).map { mark in
        NamedValue(String(text[..<mark]), String(text[text.utf8.index(after: mark)...]))
      }
    }
  }

  /// The pairs at `key`, written as an array of arrays of two strings; empty when absent.
  package func stringPairs(_ key: String) throws(RecordError) -> [(String, String)] {
    var result: [(String, String)] = []
    for element in try array(key) ?? [] {
      let texts = element.arrayValue?.compactMap(\.stringValue) ?? []
      guard texts.count == 2 else { throw error(key, "must hold pairs of strings") }
      result.append((texts[0], texts[1]))
    }
    return result
  }

  /// The strings by name of the object at `key`, in its order; empty when absent.
  package func stringMap(_ key: String) throws(RecordError) -> OrderedMap<String> {
    var entries: [OrderedMap<String>.Entry] = []
    for member in try members(key) {
      guard let text = member.value.stringValue else { throw error(key, "must hold strings") }
      entries.append(.init(key: member.key, value: text))
    }
    return OrderedMap(uniqueEntries: entries)
  }

  /// The strings or nothing by name of the object at `key`, in its order; empty when absent.
  package func optionalStringMap(_ key: String) throws(RecordError) -> OrderedMap<String?> {
    var entries: [OrderedMap<String?>.Entry] = []
    for member in try members(key) {
      guard member.value.isNull || member.value.stringValue != nil else {
        throw error(key, "must hold strings")
      }
      entries.append(.init(key: member.key, value: member.value.stringValue))
    }
    return OrderedMap(uniqueEntries: entries)
  }

  /// The object at `key`.
  package func object(_ key: String) throws(RecordError) -> RecordReader {
    guard let object = try optionalObject(key) else { throw error(key, "is missing") }
    return object
  }

  /// The object at `key`; nil when absent.
  package func optionalObject(_ key: String) throws(RecordError) -> RecordReader? {
    guard let value = json[key], !value.isNull else { return nil }
    guard value.objectValue != nil else { throw error(key, "must be an object") }
    return RecordReader(value, of: source, path: path.isEmpty ? key : "\(path).\(key)")
  }

  /// The objects of the array at `key`; empty when absent.
  package func objects(_ key: String) throws(RecordError) -> [RecordReader] {
    var result: [RecordReader] = []
    let outer = path.isEmpty ? key : "\(path).\(key)"
    for element in try array(key) ?? [] {
      guard element.objectValue != nil else {
        throw error("\(key)[\(result.count)]", "must be an object")
      }
      result.append(RecordReader(element, of: source, path: "\(outer)[\(result.count)]"))
    }
    return result
  }

  /// The values of the array of objects at `key`; empty when absent.
  package func list<Value: RecordMember>(_ key: String) throws(RecordError) -> [Value] {
    var result: [Value] = []
    for element in try objects(key) { result.append(try Value(element)) }
    return result
  }

  private func array(_ key: String) throws(RecordError) -> [JSON]? {
    guard let value = json[key], !value.isNull else { return nil }
    guard let elements = value.arrayValue else { throw error(key, "must be an array") }
    return elements
  }

  private func members(_ key: String) throws(RecordError) -> [JSONObject.Member] {
    guard let value = json[key], !value.isNull else { return [] }
    guard let object = value.objectValue else { throw error(key, "must be an object") }
    return object.members
  }
}
