import Model

/// One word of an instruction and where it begins in its logical line. Quotes are still there.
struct RawWord: Sendable {
  var bytes: [UInt8]
  var offset: Int

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Splits instructions into words.
enum DockerfileWords {
  /// Splits at white space outside quotes, of whatever alphabet; an escape character keeps the next
  /// byte from counting.
  static func split(_ bytes: [UInt8], from start: Int, escape: UInt8) -> [RawWord] {
    var words: [RawWord] = []
    var current = RawWord(bytes: [], offset: start)
    var quote: UInt8?
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte == escape, quote != Byte.singleQuote, index + 1 < bytes.count {
        if current.bytes.isEmpty { current.offset = index }
        current.bytes += [byte, bytes[index + 1]]
        index += 2
        continue
      }
      let space = quote == nil ? Byte.spaceLength(bytes[index...]) : 0
      if space > 0 {
        if !current.bytes.isEmpty { words.append(current) }
        index += space
        current = RawWord(bytes: [], offset: index)
        continue
      }
      if current.bytes.isEmpty { current.offset = index }
      current.bytes.append(byte)
      if quote == byte {
        quote = nil
      } else if quote == nil, byte == Byte.singleQuote || byte == Byte.doubleQuote {
        quote = byte
      }
      index += 1
    }
    if !current.bytes.isEmpty { words.append(current) }
    return words
  }

  /// Splits at ASCII blanks and knows no quotes, as COPY, EXPOSE and VOLUME do.
  static func splitPlain(_ bytes: [UInt8], from start: Int) -> [RawWord] {
    var words: [RawWord] = []
    var index = start
    while index < bytes.count {
      let word = bytes[index...].prefix { !Byte.isBlank($0) }
      if !word.isEmpty { words.append(RawWord(bytes: Array(word), offset: index)) }
      index += word.count + 1
    }
    return words
  }
}
