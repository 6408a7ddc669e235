/// The escapes of double quotes in env files.
enum DotEnvEscapes {
  /// Replaces the escapes of `text`. An escaped `$` becomes `$$`, so that it stays one when
  /// variables are replaced; an unknown escape stays as it is.
  ///
  /// `offsets` has, for each byte, the index in `text` that it came from.
  static func unescape(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], offsets: [Int]) {
    var bytes: [UInt8] = []
    var offsets: [Int] = []
    var position = text.startIndex
    while position < text.endIndex {
      var replacement = [text[position]]
      var length = 1
      if text[position] == UInt8(ascii: "\\"), position + 1 < text.endIndex {
        (replacement, length) = escape(text[position...])
      }
      bytes += replacement
      offsets += repeatElement(position, count: replacement.count)
      position += length
    }
    return (bytes, offsets)
  }

  private static func escape(_ text: ArraySlice<UInt8>) -> (replacement: [UInt8], length: Int) {
    let character = text[text.startIndex + 1]
    switch character {
    case UInt8(ascii: "0"): return octal(text)
    case UInt8(ascii: "$"): return (Array("$$".utf8), 2)
    default:
      guard let replacement = simple[character] else {
        return ([text[text.startIndex], character], 2)
      }
      return ([replacement], 2)
    }
  }

  private static let simple: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
    UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\""): UInt8(ascii: "\""),
    UInt8(ascii: "\\"): UInt8(ascii: "\\"),
  ]

  /// `\0` and three octal digits are a byte; with fewer digits only the `0` is dropped.
  private static func octal(_ text: ArraySlice<UInt8>) -> (replacement: [UInt8], length: Int) {
    let digits = text.dropFirst(2).prefix(3).prefix {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
    if digits.count == 3, let value { return ([value], 5) }
    return ([UInt8(ascii: "\\")] + digits, 2 + digits.count)
  }
}
