import Model
import YAML

/// What binding has to say; shared by all readers of one tree.
final class BindingMessages {
  /// What makes the whole project invalid.
  var report = Report()
  /// What makes the service that is being read impossible to run.
  var problems: [Diagnostic] = []
}

/// One map of the canonical tree: typed questions about its keys.
///
/// An empty text counts as not given, as it does for Docker Compose. A value of the wrong kind is
/// reported and then counts as not given, so that all errors are found in one pass.
struct NodeReader {
  let node: Node
  let path: NodePath
  let messages: BindingMessages

  /// The value of a key as `convert` reads it; nil when absent or null.
  func read<Value>(_ key: String, _ convert: (Node) throws(UnitError) -> Value) -> Value? {
    guard let value = node[key], !value.isNull else { return nil }
    return attempt(value, path.appending(key), convert)
  }

  private func attempt<Value>(
    _ value: Node, _ path: NodePath, _ convert: (Node) throws(UnitError) -> Value
  ) -> Value? {
    do throws(UnitError) {
      return try convert(value)
    } catch {
      messages.report.error(error.reason, value, path, hint: error.hint)
      return nil
    }
  }

  /// As `read`, but what cannot be read only makes the service impossible to run: Docker Compose
  /// too loads such a file.
  func readForRun<Value>(
    _ key: String, _ convert: (Node) throws(UnitError) -> Value
  ) -> Value? {
    guard let value = node[key], !value.isNull, value.stringValue != "" else { return nil }
    return attemptForRun(value, path.appending(key), convert)
  }

  /// As `readForRun`, for this node itself.
  func readSelfForRun<Value>(_ convert: (Node) throws(UnitError) -> Value) -> Value? {
    attemptForRun(node, path, convert)
  }

  private func attemptForRun<Value>(
    _ value: Node, _ path: NodePath, _ convert: (Node) throws(UnitError) -> Value
  ) -> Value? {
    do throws(UnitError) {
      return try convert(value)
    } catch {
      messages.problems.append(
        value.diagnostic(.error, error.reason, path: path, hint: error.hint))
      return nil
    }
  }
}

// MARK: - Scalars

extension NodeReader {
  func text(_ key: String) -> String? {
    read(key, Self.text).flatMap { $0.isEmpty ? nil : $0 }
  }

  func flag(_ key: String, default fallback: Bool = false) -> Bool {
    read(key) { (value) throws(UnitError) in
      guard let flag = value.boolValue else { throw Self.mismatch(value, "true or false") }
      return flag
    } ?? fallback
  }

  func integer(_ key: String) -> Int? {
    read(key) { (value) throws(UnitError) in
      guard let integer = value.integerValue ?? value.stringValue.flatMap({ Int64($0) }) else {
        throw Self.mismatch(value, "a whole number")
      }
      return Int(integer)
    }
  }

  /// A whole number; zero counts as not given.
  func limit(_ key: String) -> Int64? {
    integer(key).flatMap { $0 == 0 ? nil : Int64($0) }
  }

  func number(_ key: String) -> Double? {
    read(key) { (value) throws(UnitError) in
      guard let number = value.numberValue ?? value.stringValue.flatMap({ Double($0) }) else {
        throw Self.mismatch(value, "a number")
      }
      return number
    }
  }

  /// A number of bytes; zero counts as not given.
  func size(_ key: String) -> Int64? {
    read(key, Self.size).flatMap { $0 == 0 ? nil : $0 }
  }

  func duration(_ key: String) -> Duration? {
    read(key) { (value) throws(UnitError) in try DurationText.parse(Self.text(value)) }
  }

  /// A duration that only the service's images or containers depend on.
  func durationForRun(_ key: String) -> Duration? {
    readForRun(key) { (value) throws(UnitError) in try DurationText.parse(Self.text(value)) }
  }

  /// One of the words of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(_ key: String, default fallback: Word) -> Word
  where Word.RawValue == String {
    readForRun(key) { (value) throws(UnitError) in
      let text = try Self.text(value)
      guard let word = Word(rawValue: text) else {
        let words = Word.allCases.map(\.rawValue)
        let nearest = Suggestion.nearest(to: text, in: words)
        throw UnitError(
          "expected one of \(words.joined(separator: ", ")), found \"\(text)\"",
          hint: nearest.map { "did you mean \($0)?" })
      }
      return word
    } ?? fallback
  }

  static func text(_ value: Node) throws(UnitError) -> String {
    guard let text = value.scalarText else { throw mismatch(value, "a string") }
    return text
  }

  static func size(_ value: Node) throws(UnitError) -> Int64 {
    if let integer = value.integerValue { return integer }
    // "-1" is what `config` prints for a swap without limit.
    let text = try text(value)
    return text == "-1" ? -1 : try ByteSize.parse(text)
  }

  static func mismatch(_ value: Node, _ expected: String) -> UnitError {
    UnitError("expected \(expected), found \(value.kind)")
  }
}

// MARK: - Lists and maps

extension NodeReader {
  /// A list of strings; empty when absent.
  func texts(_ key: String) -> [String] { read(key, Self.texts) ?? [] }

  /// A list of strings; nil when absent or null, which is not the same as empty.
  func command(_ key: String) -> [String]? { read(key, Self.texts) }

  static func texts(_ value: Node) throws(UnitError) -> [String] {
    guard let elements = value.sequence else { return [try text(value)] }
    var texts: [String] = []
    for element in elements { texts.append(try text(element)) }
    return texts
  }

  /// A map of strings, where null counts as an empty one.
  func map(_ key: String) -> OrderedMap<String> { map(key) { $0.isNull ? "" : $0.scalarText } }

  /// A map of strings, where null means that there is no value.
  func optionalMap(_ key: String) -> OrderedMap<String?> {
    map(key) { $0.isNull ? .some(nil) : $0.scalarText.map(Optional.some) }
  }

  private func map<Value>(_ key: String, _ convert: (Node) -> Value?) -> OrderedMap<Value> {
    let entries: [OrderedMap<Value>.Entry]? = read(key) { (value) throws(UnitError) in
      guard let mapping = value.mapping else { throw Self.mismatch(value, "a map") }
      var entries: [OrderedMap<Value>.Entry] = []
      entries.reserveCapacity(mapping.count)
      for entry in mapping.entries {
        guard let converted = convert(entry.value) else {
          throw UnitError("\(entry.key) is \(entry.value.kind), expected a string")
        }
        entries.append(.init(key: entry.key, value: converted))
      }
      return entries
    }
    return OrderedMap(uniqueEntries: entries ?? [])
  }

  /// The map at a key; nil when absent or null.
  func child(_ key: String) -> NodeReader? {
    read(key) { (value) throws(UnitError) in
      guard value.mapping != nil else { throw Self.mismatch(value, "a map") }
      return NodeReader(node: value, path: path.appending(key), messages: messages)
    }
  }

  /// The elements of the list at a key.
  func elements(_ key: String) -> [NodeReader] {
    read(key) { (value) throws(UnitError) in
      guard let elements = value.sequence else { throw Self.mismatch(value, "a list") }
      let path = path.appending(key)
      return elements.enumerated().map { index, element in
        NodeReader(node: element, path: path.appending(index), messages: messages)
      }
    } ?? []
  }

  /// The entries of the map at a key; a value may be null.
  func entries(_ key: String) -> [NamedReader] {
    read(key) { (value) throws(UnitError) in
      guard let mapping = value.mapping else { throw Self.mismatch(value, "a map") }
      let path = path.appending(key)
      return mapping.entries.map { entry in
        NamedReader(
          key: entry.key, keyMark: entry.keyMark,
          reader: NodeReader(
            node: entry.value, path: path.appending(entry.key), messages: messages))
      }
    } ?? []
  }
}

/// One entry of a map, with the place of its key.
struct NamedReader {
  let key: String
  let keyMark: Mark
  let reader: NodeReader

  /// The places of this entry and of what is in it.
  var source: SourceMap { SourceMap(path: reader.path, keyMark: keyMark, node: reader.node) }
}
