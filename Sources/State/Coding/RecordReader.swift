import Model

/// Reads the members of one JSON object of a record or message. It knows where it stands, and what
/// has another form than it must have is an error that names the place.
///
/// A member that is `null` counts as absent.
package struct RecordReader {
  /// The object.
  package let json: JSON
  /// Where the object stands in its record, such as `mounts[2]`; empty for the whole.
  package let path: String
  /// The file or message.
  package let source: RecordSource

  /// Reads an object.
  package init(_ json: JSON, of source: RecordSource, path: String = "") {
    self.json = json
    self.path = path
    self.source = source
  }

  private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// What is wrong with the member at `key`; the reason goes on behind its name.
  package func error(_ key: String, _ reason: String) -> RecordError {
    RecordError(source, .malformed(member: place(key), reason: reason))
  }

  private func member(_ key: String) -> JSON? {
    guard let value = json[key], !value.isNull else { return nil }
    return value
  }

  /// True when there is a member at `key`.
  package func has(_ key: String) -> Bool { member(key) != nil }
}

// MARK: Text, numbers and flags

extension RecordReader {
  /// The text at `key`; nil when absent.
  package func optionalString(_ key: String) throws(RecordError) -> String? {
    guard let value = member(key) else { return nil }
    guard let text = value.stringValue else { throw error(key, "must be a string") }
    return text
  }

  /// The text at `key`.
  package func string(_ key: String) throws(RecordError) -> String {
    guard let text = try optionalString(key) else { throw error(key, "is missing") }
    return text
  }

  /// The text at `key`, or a standard when absent.
  package func string(_ key: String, _ standard: String) throws(RecordError) -> String {
    try optionalString(key) ?? standard
  }

  /// The number at `key`; nil when absent.
  package func optionalInteger<Value: FixedWidthInteger>(
    _ key: String
  ) throws(RecordError) -> Value? {
    guard let value = member(key) else { return nil }
    guard let number = value.intValue, let exact = Value(exactly: number) else {
      throw error(key, "must be a whole number in range")
    }
    return exact
  }

  /// The number at `key`.
  package func integer<Value: FixedWidthInteger>(_ key: String) throws(RecordError) -> Value {
    guard let number: Value = try optionalInteger(key) else { throw error(key, "is missing") }
    return number
  }

  /// The number at `key`, or a standard when absent.
  package func integer<Value: FixedWidthInteger>(
    _ key: String, _ standard: Value
  ) throws(RecordError) -> Value {
    try optionalInteger(key) ?? standard
  }

  /// The flag at `key`, or a standard when absent.
  package func flag(_ key: String, _ standard: Bool = false) throws(RecordError) -> Bool {
    guard let value = member(key) else { return standard }
    guard let flag = value.boolValue else { throw error(key, "must be true or false") }
    return flag
  }

  /// The span of time at `key`, kept as nanoseconds; nil when absent.
  package func optionalDuration(_ key: String) throws(RecordError) -> Duration? {
    let nanoseconds: Int64? = try optionalInteger(key)
    return nanoseconds.map { .nanoseconds($0) }
  }

  /// The span of time at `key`, kept as nanoseconds, or a standard when absent.
  package func duration(_ key: String, _ standard: Duration) throws(RecordError) -> Duration {
    try optionalDuration(key) ?? standard
  }
}

// MARK: Text with a form

extension RecordReader {
  /// What the text at `key` stands for; nil when absent.
  ///
  /// - Parameters:
  ///   - form: what the text must be, such as `an IP address`.
  ///   - parse: gives nil for text of another form.
  package func optionalValue<Value>(
    _ key: String, _ form: StaticString, _ parse: (String) -> Value?
  ) throws(RecordError) -> Value? {
    guard let text = try optionalString(key) else { return nil }
    guard let value = parse(text) else { throw error(key, "\"\(text)\" is not \(form)") }
    return value
  }

  /// What the text at `key` stands for, as in `optionalValue`.
  package func value<Value>(
    _ key: String, _ form: StaticString, _ parse: (String) -> Value?
  ) throws(RecordError) -> Value {
    guard let value = try optionalValue(key, form, parse) else { throw error(key, "is missing") }
    return value
  }

  /// What the texts of the array at `key` stand for, as in `optionalValue`; empty when absent.
  package func values<Value>(
    _ key: String, _ form: StaticString, _ parse: (String) -> Value?
  ) throws(RecordError) -> [Value] {
    var result: [Value] = []
    for text in try strings(key) {
      guard let value = parse(text) else { throw error(key, "\"\(text)\" is not \(form)") }
      result.append(value)
    }
    return result
  }

  /// The IP address at `key`; nil when absent.
  package func optionalAddress(_ key: String) throws(RecordError) -> IPAddress? {
    try optionalValue(key, "an IP address") { IPAddress($0) }
  }

  /// The IP address at `key`.
  package func address(_ key: String) throws(RecordError) -> IPAddress {
    try value(key, "an IP address") { IPAddress($0) }
  }

  /// The IP addresses of the array at `key`; empty when absent.
  package func addresses(_ key: String) throws(RecordError) -> [IPAddress] {
    try values(key, "an IP address") { IPAddress($0) }
  }

  /// The one of several words at `key`; nil when absent.
  package func optionalChoice<Value: RawRepresentable<String>>(
    _ key: String
  ) throws(RecordError) -> Value? {
    guard let text = try optionalString(key) else { return nil }
    guard let value = Value(rawValue: text) else { throw error(key, "\"\(text)\" is unknown") }
    return value
  }

  /// The one of several words at `key`.
  package func choice<Value: RawRepresentable<String>>(
    _ key: String
  ) throws(RecordError) -> Value {
    guard let value: Value = try optionalChoice(key) else { throw error(key, "is missing") }
    return value
  }

  /// The one of several words at `key`, or a standard when absent.
  package func choice<Value: RawRepresentable<String>>(
    _ key: String, _ standard: Value
  ) throws(RecordError) -> Value {
    try optionalChoice(key) ?? standard
  }

  /// The identity at `key`; nil when absent.
  package func optionalIdentity(_ key: String) throws(RecordError) -> ObjectID? {
    try optionalValue(key, "an identity") { ObjectID($0) }
  }

  /// The identity at `key`.
  package func identity(_ key: String) throws(RecordError) -> ObjectID {
    try value(key, "an identity") { ObjectID($0) }
  }

  /// The moment at `key`; nil when absent.
  package func optionalTimestamp(_ key: String) throws(RecordError) -> Timestamp? {
    try optionalValue(key, "a time") { Timestamp(rfc3339: $0) }
  }

  /// The moment at `key`.
  package func timestamp(_ key: String) throws(RecordError) -> Timestamp {
    try value(key, "a time") { Timestamp(rfc3339: $0) }
  }
}
