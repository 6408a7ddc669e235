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

  /// The ends, in rising order, at which elements match from the start of `text`.
  private static func ends(_ elements: [Element], in text: ArraySlice<UInt8>) -> [Int] {
    // One step an element over the places reached so far: no backtracking.
    var places = [Bool](repeating: false, count: text.count + 1)
    places[0] = true
    for element in elements {
      var following = [Bool](repeating: false, count: places.count)
      switch element {
      case .anyRun:
        if let first = places.firstIndex(of: true) {
          for place in first..<places.count { following[place] = true }
        }
      case .anyByte: for place in 1..<max(1, places.count) { following[place] = places[place - 1] }
      case .byte(let byte):
        for place in 1..<max(1, places.count) where places[place - 1] {
          following[place] = text[text.startIndex + place - 1] == byte
        }
      }
      places = following
    }
    return places.indices.filter { places[$0] }.map { text.startIndex + $0 }
  }

  func removingPrefix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let ends = Self.ends(elements, in: text[...])
    guard let end = longest ? ends.last : ends.first else { return text }
    return Array(text[end...])
  }

  func removingSuffix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let ends = Self.ends(elements.reversed(), in: Array(text.reversed())[...])
    guard let length = longest ? ends.last : ends.first else { return text }
    return Array(text.dropLast(length))
  }

  func replacing(in text: [UInt8], with replacement: [UInt8], all: Bool) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if let end = Self.ends(elements, in: text[index...]).last, end > index {
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
