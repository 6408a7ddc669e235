import Model

extension JSON {
  /// The text at `key`; empty when absent.
  func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
  /// The flag at `key`; false when absent.
  func flag(_ key: String) -> Bool { self[key]?.boolValue ?? false }
  /// The identity at `key`.
  func objectID(_ key: String) -> ObjectID? { self[key]?.stringValue.flatMap { ObjectID($0) } }
  /// The moment at `key`.
  func timestamp(_ key: String) -> Timestamp? {
    self[key]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
  }
  /// The number at `key`, if it fits.
  func integer<Number: FixedWidthInteger>(_ key: String) -> Number? {
    self[key]?.intValue.flatMap { Number(exactly: $0) }
  }
  /// The span of time at `key`, kept as nanoseconds.
  func duration(_ key: String) -> Duration? {
    self[key]?.intValue.map { Duration.nanoseconds($0) }
  }
}

extension Duration {
  /// The span in nanoseconds, as long as it fits.
  var wholeNanoseconds: Int64 {
    let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : seconds + components.attoseconds / 1_000_000_000
  }

  /// The span as it is kept on disk.
  var json: JSON { .integer(wholeNanoseconds) }
}

extension JSONObject {
  /// Sets a member unless the value says nothing, which keeps state files short.
  mutating func set(_ key: String, _ value: JSON?) {
    switch value {
    case nil, .null?, .bool(false)?, .string("")?: return
    case .array(let elements)? where elements.isEmpty: return
    case .object(let object)? where object.isEmpty: return
    case let value?: self[key] = value
    }
  }
}
