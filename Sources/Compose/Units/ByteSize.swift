import Glibc

/// Sizes in bytes as Compose files write them: `64m`, `1.5g`, `1 KiB`, `4096`.
///
/// All units are powers of 1024, whatever their spelling.
/// Source: Compose specification, 11-extension.md, "Specifying byte values".
package enum ByteSize {
  private static let shifts: [UInt8: Double] = [
    UInt8(ascii: "k"): 10, UInt8(ascii: "m"): 20, UInt8(ascii: "g"): 30, UInt8(ascii: "t"): 40,
    UInt8(ascii: "p"): 50,
  ]

  /// The number of bytes that a text means; a fraction of a byte is cut off.
  package static func parse(_ text: String) throws(UnitError) -> Int64 {
    let bytes = Array(text.utf8)
    let hint = "write a number and a unit such as 512k, 64m or 1.5g"
    guard let end = bytes.lastIndex(where: isNumberPart) else {
      throw UnitError("expected a size, found \"\(text)\"", hint: hint)
    }
    // One blank may stand between the number and the unit.
    let number = bytes[...end].last == UInt8(ascii: " ") ? bytes[..<end] : bytes[...end]
    let unit = String(decoding: bytes[(end + 1)...], as: UTF8.self).lowercased()
    guard let factor = factor(of: unit) else {
      throw UnitError("\"\(unit)\" is not a unit of size", hint: hint)
    }
    guard let value = decimal(number), value >= 0 else {
      throw UnitError("expected a size, found \"\(text)\"", hint: hint)
    }
    guard let size = Int64(exactly: (value * factor).rounded(.down)) else {
      throw UnitError("\(text) is more than the \(Int64.max) bytes that can be counted")
    }
    return size
  }

  private static func isNumberPart(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: " ")
  }

  private static func factor(of unit: String) -> Double? {
    if unit.isEmpty || unit == "b" { return 1 }
    guard let first = unit.utf8.first, let shift = shifts[first] else { return nil }
    guard ["", "b", "ib"].contains(unit.dropFirst()) else { return nil }
    return exp2(shift)
  }

  // Swift reads more than a decimal number: "0x10", "inf".
  private static func decimal(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard let text = UnderscoredNumber.plain(String(decoding: bytes, as: UTF8.self)),
      text.utf8.allSatisfy({ isNumberPart($0) || "+-eE".utf8.contains($0) })
    else { return nil }
    return Double(text)
  }

  /// The text for people: `1.5GiB`, `64MiB`, `10B`.
  package static func description(of size: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var value = Double(size)
    var unit = 0
    while abs(value) >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = (value * 10).rounded() / 10
    let isWhole = tenths == tenths.rounded()
    return (isWhole ? String(Int64(tenths)) : String(tenths)) + units[unit]
  }
}
