import Model

extension SourceFile {
  /// Makes a file of bytes in UTF-8, or in UTF-16 with a byte order mark. Line breaks stay.
  ///
  /// Source: YAML 1.2, section 5.2.
  package convenience init(name: String, bytes: [UInt8]) throws(Diagnostic) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      self.init(name: name, text: Array(bytes.dropFirst(3)))
    } else if bytes.starts(with: [0xFF, 0xFE]) {
      self.init(name: name, text: try Self.decodeUTF16(bytes, name: name, high: 1, low: 0))
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      self.init(name: name, text: try Self.decodeUTF16(bytes, name: name, high: 0, low: 1))
    } else {
      self.init(name: name, text: bytes)
    }
  }

  private static func decodeUTF16(
    _ bytes: [UInt8], name: String, high: Int, low: Int
  ) throws(Diagnostic) -> [UInt8] {
    let units = stride(from: 2, to: bytes.count - 1, by: 2).lazy.map { offset in
      UInt16(bytes[offset + high]) << 8 | UInt16(bytes[offset + low])
    }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    let isBroken = transcode(
      units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true,
      into: { text.append($0) })
    guard !isBroken, bytes.count.isMultiple(of: 2) else {
      let source = SourceFile(name: name, text: text)
      throw source.mark(at: text.count).diagnostic(
        .error, "the file begins as UTF-16, but is not valid UTF-16 here",
        hint: "save the file as UTF-8")
    }
    return text
  }
}
