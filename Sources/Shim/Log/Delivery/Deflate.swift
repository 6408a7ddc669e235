import Model

/// Compresses short messages, with the codes that need no table of their own.
///
/// Source: RFC 1951, sections 3.2.3 to 3.2.6; RFC 1950; RFC 1952.
enum Deflate {
  /// As gzip has it.
  static func gzip(_ bytes: [UInt8], isStored: Bool = false) -> [UInt8] {
    var check = CyclicRedundancyCheck()
    bytes.withUnsafeBytes { check.update($0) }
    let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
    return head + blocks(bytes, isStored: isStored) + littleEndian(check.value)
      + littleEndian(UInt32(truncatingIfNeeded: bytes.count))
  }

  /// As zlib has it.
  static func zlib(_ bytes: [UInt8], isStored: Bool = false) -> [UInt8] {
    var low: UInt32 = 1
    var high: UInt32 = 0
    for byte in bytes {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    return [0x78, 0x01] + blocks(bytes, isStored: isStored)
      + littleEndian(high << 16 | low).reversed()
  }

  private static func blocks(_ bytes: [UInt8], isStored: Bool) -> [UInt8] {
    isStored ? stored(bytes) : DeflateBlock.compressed(bytes)
  }

  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var start = 0
    repeat {
      let length = min(65535, bytes.count - start)
      result.append(start + length == bytes.count ? 1 : 0)
      for number in [length, ~length] {
        result += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      result += bytes[start..<(start + length)]
      start += length
    } while start < bytes.count
    return result
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// One block of fixed codes.
private struct DeflateBlock {
  private var output: [UInt8] = []
  private var bits: UInt64 = 0
  private var count = 0

  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  private static let shortest = 3
  private static let longest = 258
  private static let window = 32768

  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var block = DeflateBlock()
    // The last block, of fixed codes.
    block.put(0b011, 3)
    var places = [Int](repeating: -1, count: 1 << 13)
    var index = 0
    while index < bytes.count {
      let (length, distance) = match(bytes, index, &places)
      if length < shortest {
        block.putSymbol(Int(bytes[index]))
        index += 1
      } else {
        block.putMatch(length, distance)
        index += length
      }
    }
    block.putSymbol(256)
    block.put(0, (8 - block.count % 8) % 8)
    return block.output
  }

  /// The last place with the same beginning, if it is near enough.
  private static func match(
    _ bytes: [UInt8], _ index: Int, _ places: inout [Int]
  ) -> (length: Int, distance: Int) {
    guard index + shortest <= bytes.count else { return (0, 0) }
    let key = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
    let slot = (key &* 0x9E37_79B1) >> 15 & (places.count - 1)
    let place = places[slot]
    places[slot] = index
    guard place >= 0, index - place <= window else { return (0, 0) }
    var length = 0
    while length < longest, index + length < bytes.count,
      bytes[place + length] == bytes[index + length]
    {
      length += 1
    }
    return (length, index - place)
  }

  private mutating func putMatch(_ length: Int, _ distance: Int) {
    let code = (Self.lengthBases.lastIndex { $0 <= length }) ?? 0
    putSymbol(257 + code)
    // Four codes for each number of further bits, from the second four on; the last has none.
    let extra = code < 8 || code == 28 ? 0 : code / 4 - 1
    put(UInt64(length - Self.lengthBases[code]), extra)
    let far = (Self.distanceBases.lastIndex { $0 <= distance }) ?? 0
    put(Self.reversed(far, 5), 5)
    put(UInt64(distance - Self.distanceBases[far]), far < 4 ? 0 : far / 2 - 1)
  }

  private mutating func putSymbol(_ symbol: Int) {
    switch symbol {
    case ..<144: put(Self.reversed(0x30 + symbol, 8), 8)
    case ..<256: put(Self.reversed(0x190 + symbol - 144, 9), 9)
    case ..<280: put(Self.reversed(symbol - 256, 7), 7)
    default: put(Self.reversed(0xC0 + symbol - 280, 8), 8)
    }
  }

  /// Codes begin with their highest bit, numbers with their lowest.
  private static func reversed(_ code: Int, _ length: Int) -> UInt64 {
    (0..<length).reduce(0) { $0 << 1 | UInt64(code >> $1 & 1) }
  }

  private mutating func put(_ value: UInt64, _ length: Int) {
    bits |= value << UInt64(count % 8)
    var filled = count % 8 + length
    count += length
    while filled >= 8 {
      output.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
      filled -= 8
    }
  }
}
