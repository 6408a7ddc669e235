/// Values by name, in the order of the file: what is printed, passed on and hashed must not depend
/// on chance.
///
/// Meant for the small maps of a Compose file; a look-up walks the entries.
package struct OrderedMap<Value: Sendable & Hashable>: Sendable, Hashable {
  /// One name with its value.
  package struct Entry: Sendable, Hashable {
    /// The name.
    package var key: String
    /// The value.
    package var value: Value

    /// Makes an entry.
    package init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// The entries in order; keys are unique.
  package private(set) var entries: [Entry]

  /// Makes an empty map.
  package init() { entries = [] }

  /// Makes a map of entries whose keys are known to differ, as those of a YAML mapping do.
  package init(uniqueEntries: [Entry]) { entries = uniqueEntries }

  /// The value of a key; setting nil removes the entry, setting a new key appends one.
  package subscript(key: String) -> Value? {
    get { entries.first { $0.key == key }?.value }
    set {
      let position = entries.firstIndex { $0.key == key }
      switch (position, newValue) {
      case (let position?, let value?): entries[position].value = value
      case (let position?, nil): entries.remove(at: position)
      case (nil, let value?): entries.append(Entry(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The keys in order.
  package var keys: [String] { entries.map(\.key) }
}

extension OrderedMap: RandomAccessCollection {
  /// The position of the first entry.
  package var startIndex: Int { 0 }
  /// The position after the last entry.
  package var endIndex: Int { entries.count }
  /// The entry at a position.
  package subscript(position: Int) -> Entry { entries[position] }
}

extension OrderedMap: ExpressibleByDictionaryLiteral {
  /// Makes a map in the written order; of equal keys the last value wins.
  package init(dictionaryLiteral elements: (String, Value)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }
}

extension OrderedMap {
  /// Makes a map of members whose keys are known to differ, as those of a JSON object do.
  package init(_ members: [(key: String, value: Value)]) {
    self.init(uniqueEntries: members.map { Entry(key: $0.key, value: $0.value) })
  }
}
