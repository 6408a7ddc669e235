/// A shell pattern of `*`, `?` and escaped characters, for `${NAME#pattern}` and its kin.
struct ShellPattern {
  private enum Element: Hashable {
    case byte(UInt8)
    case anyByte
    case anyRun
  }

  private var elements: [Element] = []

  init(_ bytes: [UInt8]) {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "*"): if elements.last != .anyRun { elements.append(.anyRun) }
      case UInt8(ascii: "?"): elements.append(.anyByte)
      case Byte.backslash where index + 1 < bytes.count:
        index += 1
        elements.append(.byte(bytes[index]))
      default: elements.append(.byte(bytes[index]))
      }
      index += 1
    }
  }

  /// The ends, in rising order, at which the pattern matches from the start of `text`.
  private func ends(in text: ArraySlice<UInt8>) -> [Int] {
    // One step an element over the set of places reached so far: no backtracking.
    var places: Set<Int> = [text.startIndex]
    for element in elements {
      var following: Set<Int> = []
      switch element {
      case .anyRun: if let first = places.min() { following = Set(first...text.endIndex) }
      case .anyByte: following = Set(places.filter { $0 < text.endIndex }.map { $0 + 1 })
      case .byte(let byte):
        following = Set(places.filter { $0 < text.endIndex && text[$0] == byte }.map { $0 + 1 })
      }
      places = following
    }
    return places.sorted()
  }

  func removingPrefix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let ends = ends(in: text[...])
    guard let end = longest ? ends.last : ends.first else { return text }
    return Array(text[end...])
  }

  func removingSuffix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let starts = longest ? Array(0...text.count) : (0...text.count).reversed()
    for start in starts where ends(in: text[start...]).contains(text.count) {
      return Array(text[..<start])
    }
    return text
  }

  func replacing(in text: [UInt8], with replacement: [UInt8], all: Bool) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if let end = ends(in: text[index...]).last, end > index {
        result += replacement
        index = end
        if !all { break }
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result + text[index...]
  }
}
