import Glibc

/// Writes tars by hand, also such as no decent program would write.
struct TarBuilder {
  private(set) var bytes: [UInt8] = []

  /// Adds a member. `type` is the type flag of the header.
  mutating func add(
    _ name: String, type: Character = "0", content: [UInt8] = [], link: String = "",
    mode: Int = 0o644, user: Int = 0, group: Int = 0, major: Int = 0, minor: Int = 0,
    declaredSize: Int? = nil
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ offset: Int, _ text: String) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    put(0, String(name.prefix(100)))
    put(100, octal(mode, 7))
    put(108, octal(user, 7))
    put(116, octal(group, 7))
    put(124, octal(declaredSize ?? content.count, 11))
    put(136, octal(1_600_000_000, 11))
    put(156, String(type))
    put(157, String(link.prefix(100)))
    put(257, "ustar\u{0}00")
    put(329, octal(major, 7))
    put(337, octal(minor, 7))
    put(148, "        ")
    put(148, octal(block.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ")
    bytes += block + content
    let rest = content.count % 512
    if rest > 0 { bytes += [UInt8](repeating: 0, count: 512 - rest) }
  }

  /// Adds attributes to the next member.
  mutating func addRecords(_ records: [(String, String)]) {
    var body: [UInt8] = []
    for (key, value) in records {
      let rest = " \(key)=\(value)\n"
      var length = rest.utf8.count
      while "\(length)".utf8.count + rest.utf8.count != length {
        length = "\(length)".utf8.count + rest.utf8.count
      }
      body += Array("\(length)\(rest)".utf8)
    }
    add("pax", type: "x", content: body)
  }

  /// The whole archive.
  var archive: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  private func octal(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
