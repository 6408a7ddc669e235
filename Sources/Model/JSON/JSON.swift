/// A JSON value whose objects keep the order of their members.
///
/// State files, image manifests and `config` output all go through this one type: the order of
/// members is part of what `config` prints, digests depend on exact bytes, and the resident
/// processes must not load Foundation for it.
///
/// Source: RFC 8259.
package enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral, ExpressibleByFloatLiteral
{
  /// Makes a string value.
  package init(stringLiteral value: String) { self = .string(value) }
  /// Makes an integer value.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// Makes a boolean value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes a number value.
  package init(floatLiteral value: Double) { self = .number(value) }
  /// Makes an array value.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Makes an object value; the members keep the written order.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements))
  }
  /// Makes the null value.
  package init(nilLiteral: ()) { self = .null }
}

extension JSON {
  /// The string, if this is one.
  package var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The integer, if this is one or a number without a fraction.
  package var intValue: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number, if this is one.
  package var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The boolean, if this is one.
  package var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, if this is an array.
  package var arrayValue: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members, if this is an object.
  package var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// True for `null`.
  package var isNull: Bool { self == .null }

  /// The member `key` of an object; nil when absent or when this is no object.
  package subscript(key: String) -> JSON? { objectValue?[key] }

  /// The array of strings at `key`; empty when absent.
  package func strings(_ key: String) -> [String] {
    self[key]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  /// The object of strings at `key`, in order; empty when absent.
  package func stringMap(_ key: String) -> [(key: String, value: String)] {
    self[key]?.objectValue?.members.compactMap { member in
      member.value.stringValue.map { (member.key, $0) }
    } ?? []
  }

  /// An array of strings.
  package static func strings(_ values: some Sequence<String>) -> JSON {
    .array(values.map(JSON.string))
  }

  /// An object of strings in the given order.
  package static func stringMap(_ values: some Sequence<(key: String, value: String)>) -> JSON {
    .object(JSONObject(values.map { ($0.key, .string($0.value)) }))
  }
}

/// The members of a JSON object, in the order they were written.
package struct JSONObject: Sendable, Hashable {
  /// The members in order; keys are unique.
  package private(set) var members: [Member] = []
  private var index: [String: Int] = [:]

  /// One member of an object.
  package struct Member: Sendable, Hashable {
    /// The member's name.
    package var key: String
    /// The member's value.
    package var value: JSON
  }

  /// Makes an empty object.
  package init() {}

  /// Makes an object of `elements`; of equal keys the last value wins, at the first one's place.
  package init(_ elements: some Sequence<(String, JSON)>) {
    for (key, value) in elements { self[key] = value }
  }

  /// The value of `key`. Setting nil removes the member.
  package subscript(key: String) -> JSON? {
    get { position(of: key).map { members[$0].value } }
    set {
      if let newValue {
        if let position = position(of: key) {
          members[position].value = newValue
        } else {
          append(key, newValue)
        }
      } else if let position = position(of: key) {
        members.remove(at: position)
        rebuildIndex()
      }
    }
  }

  /// The keys in order.
  package var keys: [String] { members.map(\.key) }
  /// True when there is no member.
  package var isEmpty: Bool { members.isEmpty }
  /// The number of members.
  package var count: Int { members.count }

  // Small objects are searched in a row; only large ones pay for a hash table.
  private static let indexThreshold = 12

  private func position(of key: String) -> Int? {
    if members.count <= Self.indexThreshold {
      return members.firstIndex { $0.key == key }
    }
    return index[key]
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append(Member(key: key, value: value))
    if members.count == Self.indexThreshold + 1 {
      rebuildIndex()
    } else if members.count > Self.indexThreshold {
      index[key] = members.count - 1
    }
  }

  private mutating func rebuildIndex() {
    index.removeAll(keepingCapacity: true)
    guard members.count > Self.indexThreshold else { return }
    for (position, member) in members.enumerated() { index[member.key] = position }
  }

  /// Two objects are equal when they hold equal members in the same order.
  package static func == (left: Self, right: Self) -> Bool { left.members == right.members }
  /// Hashes the members.
  package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
