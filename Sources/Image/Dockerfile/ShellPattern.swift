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

  /// How many steps it takes to compare this with a text.
  func cost(of text: [UInt8]) -> Int { elements.count * text.count }

  /// Where the shortest or the longest match that begins at each place of a text ends; -1 where
  /// none begins.
  ///
  /// One pass over the text for each element, the last one first: no backtracking, and all places
  /// at once.
  private static func ends(_ elements: [Element], in text: [UInt8], longest: Bool) -> [Int] {
    var ends = Array(0...text.count)
    for element in elements.reversed() {
      switch element {
      case .byte(let byte):
        for place in text.indices { ends[place] = text[place] == byte ? ends[place + 1] : -1 }
        ends[text.count] = -1
      case .anyByte:
        for place in text.indices { ends[place] = ends[place + 1] }
        ends[text.count] = -1
      case .anyRun:
        for place in text.indices.reversed() {
          let (here, later) = (ends[place], ends[place + 1])
          if later >= 0, here < 0 || (here < later) == longest { ends[place] = later }
        }
      }
    }
    return ends
  }

  func removingPrefix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let end = Self.ends(elements, in: text, longest: longest)[0]
    return end < 0 ? text : Array(text[end...])
  }

  func removingSuffix(of text: [UInt8], longest: Bool) -> [UInt8] {
    let length = Self.ends(elements.reversed(), in: text.reversed(), longest: longest)[0]
    return length < 0 ? text : Array(text.dropLast(length))
  }

  /// The places in a text that match, each as long as it can be and none of them empty: the
  /// first, or all.
  func matches(in text: [UInt8], all: Bool) -> [Range<Int>] {
    let ends = Self.ends(elements, in: text, longest: true)
    var matches: [Range<Int>] = []
    var place = 0
    while place < text.count, all || matches.isEmpty {
      if ends[place] > place {
        matches.append(place..<ends[place])
        place = ends[place]
      } else {
        place += 1
      }
    }
    return matches
  }
}
