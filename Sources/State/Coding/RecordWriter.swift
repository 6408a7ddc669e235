import Model

/// Collects the members of a JSON object of a record or message, in the order of the calls. What
/// has no value is left out: no flag that is false, no empty list, no nil.
package struct RecordWriter {
  /// The members so far.
  package private(set) var object = JSONObject()

  /// Begins an object without members.
  package init() {}

  /// The object.
  package var json: JSON { .object(object) }

  /// Sets a text; an empty one is written as well.
  package mutating func set(_ key: String, _ value: String?) {
    if let value { object[key] = .string(value) }
  }

  /// Sets a text unless it is empty, for members whose absence means the empty text.
  package mutating func set(_ key: String, nonEmpty value: String) {
    if !value.isEmpty { object[key] = .string(value) }
  }

  /// Sets a number.
  package mutating func set(_ key: String, _ value: (some BinaryInteger)?) {
    if let value { object[key] = .integer(Int64(clamping: value)) }
  }

  /// Sets a flag when it is true.
  package mutating func set(_ key: String, _ value: Bool) {
    if value { object[key] = .bool(true) }
  }

  /// Sets a list of texts unless it is empty.
  package mutating func set(_ key: String, _ values: [String]) {
    if !values.isEmpty { object[key] = .strings(values) }
  }

  /// Sets pairs, as `RecordReader.pairs` reads them.
  package mutating func set(_ key: String, _ values: [NamedValue]) {
    set(key, values.map { "\($0.name)=\($0.value)" })
  }

  /// Sets pairs, as `RecordReader.stringPairs` reads them, unless there is none.
  package mutating func set(_ key: String, stringPairs: [(String, String)]) {
    if !stringPairs.isEmpty {
      object[key] = .array(stringPairs.map { .strings([$0.0, $0.1]) })
    }
  }

  /// Sets texts by name unless there is none.
  package mutating func set(_ key: String, _ values: OrderedMap<String>) {
    if !values.isEmpty { object[key] = .stringMap(values.map { ($0.key, $0.value) }) }
  }

  /// Sets texts or nothing by name unless there is no name.
  package mutating func set(_ key: String, _ values: OrderedMap<String?>) {
    guard !values.isEmpty else { return }
    object[key] = .object(
      JSONObject(values.map { ($0.key, $0.value.map(JSON.string) ?? .null) }))
  }

  /// Sets an identity.
  package mutating func set(_ key: String, _ value: ObjectID?) { set(key, value?.hex) }

  /// Sets a moment.
  package mutating func set(_ key: String, _ value: Timestamp?) { set(key, value?.rfc3339) }

  /// Sets a span of time, kept as nanoseconds.
  package mutating func set(_ key: String, _ value: Duration?) {
    set(key, value?.wholeNanoseconds)
  }

  /// Sets a value that is an object of its own.
  package mutating func set(_ key: String, _ value: (some RecordMember)?) {
    if let value { object[key] = value.encoded }
  }

  /// Sets a list of objects unless it is empty.
  package mutating func set(_ key: String, _ values: [some RecordMember]) {
    if !values.isEmpty { object[key] = .array(values.map(\.encoded)) }
  }

  /// Sets any value as it is: also an empty list or a flag that is false, where it must be said.
  package mutating func set(_ key: String, json value: JSON?) {
    if let value { object[key] = value }
  }
}
