import Model

extension JSON {
  /// The text at `key`; empty when absent.
  package func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
  /// The flag at `key`; false when absent.
  package func flag(_ key: String) -> Bool { self[key]?.boolValue ?? false }
  /// The identity at `key`.
  package func objectID(_ key: String) -> ObjectID? {
    self[key]?.stringValue.flatMap { ObjectID($0) }
  }
  /// The moment at `key`.
  package func timestamp(_ key: String) -> Timestamp? {
    self[key]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
  }
  /// The number at `key`, if it fits.
  package func integer<Number: FixedWidthInteger>(_ key: String) -> Number? {
    self[key]?.intValue.flatMap { Number(exactly: $0) }
  }
  /// The span of time at `key`, kept as nanoseconds.
  package func duration(_ key: String) -> Duration? {
    self[key]?.intValue.map { Duration.nanoseconds($0) }
  }
}

extension Duration {
  /// The span in nanoseconds, as long as it fits.
  package var wholeNanoseconds: Int64 {
    let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : seconds + components.attoseconds / 1_000_000_000
  }

  /// The span as it is kept on disk.
  package var json: JSON { .integer(wholeNanoseconds) }
}

extension JSONObject {
  /// Sets a member unless the value says nothing, which keeps state files short.
  package mutating func set(_ key: String, _ value: JSON?) {
    switch value {
    case nil, .null?, .bool(false)?, .string("")?: return
    case .array(let elements)? where elements.isEmpty: return
    case .object(let object)? where object.isEmpty: return
    case let value?: self[key] = value
    }
  }
}
