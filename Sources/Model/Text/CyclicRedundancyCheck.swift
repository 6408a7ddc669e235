/// The checksum at the end of a gzip stream, which libarchive does not look at.
///
/// Source: RFC 1952, section 8. Eight bytes a step, each with a table of its own.
package struct CyclicRedundancyCheck {
  private static let tables: [[UInt32]] = {
    var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
      tables[0][byte] = value
    }
    for byte in 0..<256 {
      for table in 1..<8 {
        let before = tables[table - 1][byte]
        tables[table][byte] = tables[0][Int(before & 0xFF)] ^ before >> 8
      }
    }
    return tables
  }()

  private let flat = Self.tables.flatMap { $0 }
  private var state: UInt32 = 0xFFFF_FFFF

  /// Makes a checksum of no bytes.
  package init() {}

  /// The checksum of all bytes so far.
  package var value: UInt32 { ~state }

  /// Takes further bytes into the checksum.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var state = state
    flat.withUnsafeBufferPointer { table in
      var place = 0
      while place + 8 <= bytes.count {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        let mixed = word ^ UInt64(state)
        state = 0
        for index in 0..<8 {
          let byte = Int(truncatingIfNeeded: mixed >> UInt64(index * 8)) & 0xFF
          state ^= table[(7 - index) * 256 + byte]
        }
        place += 8
      }
      for byte in bytes[place...] { state = table[Int(state & 0xFF) ^ Int(byte)] ^ state >> 8 }
    }
    self.state = state
  }
}
