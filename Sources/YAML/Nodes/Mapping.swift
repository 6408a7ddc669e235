/// The entries of a YAML map, in the order they were written. Keys are unique.
package struct Mapping: Sendable {
  /// One entry of a map.
  package struct Entry: Sendable {
    /// The key.
    package let key: String
    /// Where the key was written.
    package var keyMark: Mark
    /// The value.
    package var value: Node

    /// Makes an entry.
    package init(key: String, keyMark: Mark = .none, value: Node) {
      self.key = key
      self.keyMark = keyMark
      self.value = value
    }
  }

  /// The entries in order.
  package private(set) var entries: [Entry]
  /// Positions by key; only large maps pay for it.
  private var positions: [String: Int]?
  private static let indexThreshold = 12

  /// Makes an empty map.
  package init() { entries = [] }

  /// Makes a map; of equal keys the last value wins, at the first one's position.
  package init(_ elements: some Sequence<(String, Node)>) {
    self.init()
    for (key, value) in elements { set(key, value, keyMark: value.mark) }
  }

  /// Makes a map; of equal keys the last value wins, at the first one's position.
  package init(entries elements: some Sequence<Entry>) {
    self.init()
    for entry in elements { set(entry.key, entry.value, keyMark: entry.keyMark) }
  }

  /// The number of entries.
  package var count: Int { entries.count }
  /// True when there is no entry.
  package var isEmpty: Bool { entries.isEmpty }
  /// The keys in order.
  package var keys: some Sequence<String> & Sendable { entries.map(\.key) }

  /// The position of `key` among the entries.
  package func position(of key: String) -> Int? {
    if let positions { return positions[key] }
    return entries.firstIndex { $0.key == key }
  }

  /// The entry of `key`, with the place of the key.
  package func entry(_ key: String) -> Entry? { position(of: key).map { entries[$0] } }

  /// True when `key` is there, even with the value null.
  package func contains(_ key: String) -> Bool { position(of: key) != nil }

  /// The value at `key`.
  ///
  /// Setting makes an entry at the end, with the key placed where the value is; replaces the value
  /// of an existing one in its place; or with nil removes it.
  package subscript(key: String) -> Node? {
    get { position(of: key).map { entries[$0].value } }
    _modify {
      let position = position(of: key)
      var held: Node?
      if let position {
        // Moved out, not copied: otherwise every change of a child would copy it.
        held = entries[position].value
        entries[position].value.value = .null
      }
      defer { put(held, key, position) }
      yield &held
    }
  }

  private mutating func put(_ node: Node?, _ key: String, _ position: Int?) {
    switch (node, position) {
    case (let node?, let position?): entries[position].value = node
    case (let node?, nil): append(Entry(key: key, keyMark: node.mark, value: node))
    case (nil, _?): remove(key)
    case (nil, nil): break
    }
  }

  /// Sets the value at `key` and, if the key is new or `keyMark` is given, the key's place.
  package mutating func set(_ key: String, _ value: Node, keyMark: Mark? = nil) {
    if let position = position(of: key) {
      entries[position].value = value
      if let keyMark { entries[position].keyMark = keyMark }
    } else {
      append(Entry(key: key, keyMark: keyMark ?? value.mark, value: value))
    }
  }

  /// Removes `key` and gives back its value. The other entries keep their order.
  @discardableResult
  package mutating func remove(_ key: String) -> Node? {
    guard let position = position(of: key) else { return nil }
    let entry = entries.remove(at: position)
    rebuildPositions()
    return entry.value
  }

  /// Removes all entries that `condition` names, in one pass.
  package mutating func removeAll(where condition: (Entry) throws -> Bool) rethrows {
    try entries.removeAll(where: condition)
    rebuildPositions()
  }

  /// Changes every value in place, in order.
  package mutating func updateValues<Failure: Error>(
    _ change: (_ key: String, _ keyMark: Mark, _ value: inout Node) throws(Failure) -> Void
  ) throws(Failure) {
    for position in entries.indices {
      try change(entries[position].key, entries[position].keyMark, &entries[position].value)
    }
  }

  private mutating func append(_ entry: Entry) {
    entries.append(entry)
    if positions != nil {
      positions?[entry.key] = entries.count - 1
    } else if entries.count > Self.indexThreshold {
      rebuildPositions()
    }
  }

  private mutating func rebuildPositions() {
    positions = nil
    guard entries.count > Self.indexThreshold else { return }
    var positions = [String: Int](minimumCapacity: entries.count * 2)
    for (position, entry) in entries.enumerated() { positions[entry.key] = position }
    self.positions = positions
  }
}

extension Mapping: Hashable {
  /// Two maps are equal when they hold equal values under the same keys, in any order.
  package static func == (left: Self, right: Self) -> Bool {
    left.count == right.count
      && left.entries.allSatisfy { entry in
        right.position(of: entry.key).map { right.entries[$0].value == entry.value } ?? false
      }
  }

  /// Hashes the keys and values, whatever their order.
  package func hash(into hasher: inout Hasher) {
    var sum = 0
    for entry in entries {
      var single = Hasher()
      single.combine(entry.key)
      single.combine(entry.value)
      sum ^= single.finalize()
    }
    hasher.combine(sum)
  }
}

extension Mapping: ExpressibleByDictionaryLiteral {
  /// Makes a map.
  package init(dictionaryLiteral elements: (String, Node)...) { self.init(elements) }
}
