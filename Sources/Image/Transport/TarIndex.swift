import Model
import State

/// Where the members of a transport archive lie.
struct TarIndex {
  /// A member's data within the archive.
  struct Extent: Hashable {
    var offset: Int64
    var size: Int64
  }

  private var extents: [String: Extent] = [:]
  private var links: [String: String] = [:]
  /// The names of the files and links in the archive's order.
  private(set) var names: [String] = []

  private static let maximumMembers = 100_000
  private static let maximumAttributes: Int64 = 1 << 20

  /// Reads the headers of an archive of `size` bytes; `read` gives bytes at an offset.
  init(
    size: Int64, file: String, read: (_ offset: Int64, _ count: Int) throws(Diagnostic) -> [UInt8]
  ) throws(Diagnostic) {
    var offset: Int64 = 0
    var pending: [String: String] = [:]
    while offset + Int64(TarHeader.blockSize) <= size {
      let block = try read(offset, TarHeader.blockSize)
      if block.allSatisfy({ $0 == 0 }) { return }
      guard var header = TarHeader(block[...]) else {
        throw Diagnostic(
          .error, "\(file) is not a tar archive, or is damaged at byte \(offset)",
          hint: "save the image again")
      }
      offset += Int64(TarHeader.blockSize)
      apply(pending, to: &header)
      guard header.size <= size - offset else {
        throw Diagnostic(
          .error, "\(file) ends within '\(header.name)'",
          hint: "the file was cut short; save it again")
      }
      if try Self.readAttributes(header, at: offset, into: &pending, file: file, read: read) {
        offset += Self.rounded(header.size)
        continue
      }
      pending = [:]
      try add(header, at: offset, file: file)
      if header.kind == .file { offset += Self.rounded(header.size) }
    }
    guard !names.isEmpty else {
      throw Diagnostic(.error, "\(file) is not a tar archive, or is empty")
    }
  }

  private func apply(_ attributes: [String: String], to header: inout TarHeader) {
    if let name = attributes["path"] { header.name = name }
    if let target = attributes["linkpath"] { header.linkTarget = target }
    if let size = attributes["size"].flatMap({ Int64($0) }), size >= 0 { header.size = size }
  }

  private mutating func add(_ header: TarHeader, at offset: Int64, file: String) throws(Diagnostic)
  {
    let name = Paths.clean(header.name)
    switch header.kind {
    case .file:
      extents[name] = Extent(offset: offset, size: header.size)
      links[name] = nil
    case .symbolicLink:
      links[name] = Paths.clean(Paths.join(Paths.parent(name), header.linkTarget))
      extents[name] = nil
    case .hardLink:
      links[name] = Paths.clean(header.linkTarget)
      extents[name] = nil
    default: return
    }
    names.append(name)
    guard names.count <= Self.maximumMembers else {
      throw Diagnostic(
        .error, "\(file) has more than \(Self.maximumMembers) members; it is not an image")
    }
  }

  /// The data of a member; links are followed.
  func extent(_ name: String) -> Extent? {
    var name = Paths.clean(name)
    for _ in 0..<40 {
      if let extent = extents[name] { return extent }
      guard let target = links[name] else { return nil }
      name = target
    }
    return nil
  }

  private static func rounded(_ size: Int64) -> Int64 {
    let block = Int64(TarHeader.blockSize)
    return (size + block - 1) / block * block
  }

  /// Takes a header that describes the next member; false for any other.
  private static func readAttributes(
    _ header: TarHeader, at offset: Int64, into pending: inout [String: String], file: String,
    read: (Int64, Int) throws(Diagnostic) -> [UInt8]
  ) throws(Diagnostic) -> Bool {
    let kinds: [TarHeader.Kind] = [.extendedHeader, .globalHeader, .longName, .longLink]
    guard kinds.contains(header.kind) else { return false }
    guard header.size <= maximumAttributes else {
      throw Diagnostic(
        .error, "\(file) has an extended header of \(header.size) bytes; it is damaged")
    }
    let bytes = try read(offset, Int(header.size))
    switch header.kind {
    case .longName: pending["path"] = text(bytes)
    case .longLink: pending["linkpath"] = text(bytes)
    case .extendedHeader: pending.merge(records(bytes)) { $1 }
    default: break
    }
    return true
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The records `length key=value` and a newline of a pax header.
  static func records(_ bytes: [UInt8]) -> [String: String] {
    var result: [String: String] = [:]
    var rest = bytes[...]
    while let blank = rest.firstIndex(of: 0x20),
      let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
      length > blank - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
      if let equals = record.firstIndex(of: Byte.equals) {
        let key = String(decoding: record[..<equals], as: UTF8.self)
        result[key] = String(decoding: record[(equals + 1)...], as: UTF8.self)
      }
      rest = rest.dropFirst(length)
    }
    return result
  }
}
