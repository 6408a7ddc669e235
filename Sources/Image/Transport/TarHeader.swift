/// One header block of a tar file.
///
/// Transport archives (`docker save`, oci-archive) hold a few large members; reading their
/// headers here lets a layer be unpacked straight from its place in the archive. Layers
/// themselves are read by libarchive, in a process of its own.
///
/// Source: POSIX ustar and pax interchange formats; GNU tar manual, "Basic Tar Format".
struct TarHeader: Hashable {
  static let blockSize = 512

  /// What a member is.
  enum Kind: Hashable {
    case file
    case directory
    case symbolicLink
    case hardLink
    /// Attributes of the next member.
    case extendedHeader
    /// Attributes of all following members.
    case globalHeader
    /// GNU: the next member's name.
    case longName
    /// GNU: the next member's link target.
    case longLink
    case other
  }

  var name: String
  var kind: Kind
  var size: Int64
  var linkTarget: String

  /// Reads a block; nil when its checksum is wrong.
  init?(_ block: ArraySlice<UInt8>) {
    guard block.count == Self.blockSize, Self.hasValidChecksum(block) else { return nil }
    let field = { (range: Range<Int>) in
      block[(block.startIndex + range.lowerBound)..<(block.startIndex + range.upperBound)]
    }
    guard let size = Self.number(field(124..<136)), size >= 0 else { return nil }
    self.size = size
    let isPOSIX = field(257..<263).elementsEqual("ustar\0".utf8)
    let prefix = isPOSIX ? Self.text(field(345..<500)) : ""
    let shortName = Self.text(field(0..<100))
    name = prefix.isEmpty ? shortName : "\(prefix)/\(shortName)"
    linkTarget = Self.text(field(157..<257))
    kind = Self.kinds[block[block.startIndex + 156]] ?? .other
  }

  private static let kinds: [UInt8: Kind] = [
    0: .file, UInt8(ascii: "0"): .file, UInt8(ascii: "7"): .file,
    UInt8(ascii: "1"): .hardLink, UInt8(ascii: "2"): .symbolicLink,
    UInt8(ascii: "5"): .directory, UInt8(ascii: "x"): .extendedHeader,
    UInt8(ascii: "g"): .globalHeader, UInt8(ascii: "L"): .longName,
    UInt8(ascii: "K"): .longLink,
  ]

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits, or GNU's big-endian form with the top bit set.
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      guard first == 0x80 else { return nil }
      return field.dropFirst().reduce(Int64?(0)) { value, byte in
        guard let value, value < Int64.max >> 8 else { return nil }
        return value << 8 | Int64(byte)
      }
    }
    let digits = field.filter { $0 != 0x20 && $0 != 0 }
    if digits.isEmpty { return 0 }
    return Int64(String(decoding: digits, as: UTF8.self), radix: 8)
  }

  private static func hasValidChecksum(_ block: ArraySlice<UInt8>) -> Bool {
    let checksum = (block.startIndex + 148)..<(block.startIndex + 156)
    guard let expected = number(block[checksum]) else { return false }
    return sum(block, checksum: checksum) == expected
  }

  private static func sum(_ block: ArraySlice<UInt8>, checksum: Range<Int>) -> Int64 {
    var sum: Int64 = 0
    for index in block.indices { sum += checksum.contains(index) ? 0x20 : Int64(block[index]) }
    return sum
  }
}

extension TarHeader {
  /// The blocks before a member: an extended header when the name or the size needs one.
  static func blocks(
    name: String, kind: Kind = .file, size: Int64, mode: Int = 0o644, linkTarget: String = "",
    modified: Int64
  ) -> [UInt8] {
    var records: [(String, String)] = []
    if name.utf8.count > 100 { records.append(("path", name)) }
    if linkTarget.utf8.count > 100 { records.append(("linkpath", linkTarget)) }
    if size >= 1 << 33 { records.append(("size", String(size))) }
    var result: [UInt8] = []
    if !records.isEmpty {
      let body = records.flatMap { record($0.0, $0.1) }
      result += block(
        name: "pax", type: "x", size: Int64(body.count), mode: mode, linkTarget: "",
        modified: modified)
      result += body + padding(Int64(body.count))
    }
    let type: Character =
      kind == .directory ? "5" : kind == .symbolicLink ? "2" : kind == .hardLink ? "1" : "0"
    return result
      + block(
        name: name, type: type, size: size, mode: mode, linkTarget: linkTarget,
        modified: modified)
  }

  /// The zeros after a member of `size` bytes.
  static func padding(_ size: Int64) -> [UInt8] {
    let rest = Int(size % Int64(blockSize))
    return rest == 0 ? [] : [UInt8](repeating: 0, count: blockSize - rest)
  }

  /// What ends an archive.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  // A pax record counts its own length, the digits of that length included.
  private static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length {
      length = String(length).utf8.count + rest.utf8.count
    }
    return Array("\(length)\(rest)".utf8)
  }

  private static func block(
    name: String, type: Character, size: Int64, mode: Int, linkTarget: String, modified: Int64
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockSize)
    let put = { (block: inout [UInt8], offset: Int, text: String, limit: Int) in
      for (index, byte) in text.utf8.prefix(limit).enumerated() { block[offset + index] = byte }
    }
    put(&block, 0, name, 100)
    put(&block, 100, octal(Int64(mode), digits: 7), 7)
    put(&block, 108, octal(0, digits: 7), 7)
    put(&block, 116, octal(0, digits: 7), 7)
    put(&block, 124, octal(size >= 1 << 33 ? 0 : size, digits: 11), 11)
    put(&block, 136, octal(max(0, modified), digits: 11), 11)
    put(&block, 156, String(type), 1)
    put(&block, 157, linkTarget, 100)
    put(&block, 257, "ustar\u{0}00", 8)
    put(&block, 148, octal(sum(block[...], checksum: 148..<156), digits: 6) + "\u{0} ", 8)
    return block
  }

  private static func octal(_ value: Int64, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
