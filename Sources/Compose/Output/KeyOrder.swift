import YAML

/// The order in which YAML output lists keys of the user's choice: numbers inside of names count as
/// numbers, so that `disk9` stands before `disk10`; other characters stand before letters.
///
/// It is the order of the encoder that the rest of the world prints Compose files with.
package enum KeyOrder {
  /// True when `left` stands before `right`.
  package static func precedes(_ left: String, _ right: String) -> Bool {
    let a = Array(left.unicodeScalars)
    let b = Array(right.unicodeScalars)
    var isBehindDigit = false
    for position in 0..<min(a.count, b.count) {
      if a[position] == b[position] {
        isBehindDigit = isDigit(a[position])
        continue
      }
      return differ(a, b, at: position, isBehindDigit: isBehindDigit)
    }
    return a.count < b.count
  }

  private static func differ(
    _ a: [Unicode.Scalar], _ b: [Unicode.Scalar], at position: Int, isBehindDigit: Bool
  ) -> Bool {
    let isLetterA = a[position].properties.isAlphabetic
    let isLetterB = b[position].properties.isAlphabetic
    if isLetterA, isLetterB { return a[position] < b[position] }
    if isLetterA || isLetterB { return isBehindDigit ? isLetterA : isLetterB }
    let isAfterNonzero = follows(a, position) && (a[position] == "0" || b[position] == "0")
    let numberA = number(in: a, from: position, start: isAfterNonzero ? 1 : 0)
    let numberB = number(in: b, from: position, start: isAfterNonzero ? 1 : 0)
    if numberA.value != numberB.value { return numberA.value < numberB.value }
    if numberA.end != numberB.end { return numberA.end < numberB.end }
    return a[position] < b[position]
  }

  /// True when the digits right before `position` are not all zeros.
  private static func follows(_ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
    scalars[..<position].reversed().prefix(while: isDigit).contains { $0 != "0" }
  }

  private static func number(
    in scalars: [Unicode.Scalar], from position: Int, start: Int64
  ) -> (value: Int64, end: Int) {
    var value = start
    var end = position
    while end < scalars.count, isDigit(scalars[end]) {
      value = value &* 10 &+ (Int64(scalars[end].value) - 0x30)
      end += 1
    }
    return (value, end)
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .decimalNumber
  }
}

extension Node {
  /// The same with the keys of all maps in `KeyOrder`.
  package func sortedByKeys() -> Node {
    switch value {
    case .mapping(let mapping):
      let entries = mapping.entries.sorted { KeyOrder.precedes($0.key, $1.key) }
      return replacing(
        .mapping(
          Mapping(
            entries: entries.map { entry in
              Mapping.Entry(
                key: entry.key, keyMark: entry.keyMark, value: entry.value.sortedByKeys())
            })))
    case .sequence(let elements): return replacing(.sequence(elements.map { $0.sortedByKeys() }))
    case .null, .bool, .integer, .number, .string: return self
    }
  }
}
