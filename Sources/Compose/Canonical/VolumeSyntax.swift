import YAML

/// The short form of `volumes`: `[source:]target[:options]`.
///
/// A source that begins with `.`, `/` or `~` is a path of the host, anything else the name of a
/// volume. `c:\data:/data` and `c:/data:/data` are paths of Windows.
///
/// Source: Compose specification, 05-services.md, "volumes", short syntax.
struct VolumeSyntax: Sendable, Hashable {
  var source = ""
  var target = ""
  var options: [String] = []

  /// True when the source is a path of the host.
  var isBind: Bool { Self.isPath(source) }
  /// True when a short form of one or two characters was read, which names a target and no more.
  var isBare = false

  static func parse(_ text: String) throws(UnitError) -> VolumeSyntax {
    var volume = VolumeSyntax()
    guard !text.isEmpty else {
      throw UnitError("an empty text is not a volume", hint: hint)
    }
    if text.utf8.count <= 2 {
      volume.target = text
      volume.isBare = true
      return volume
    }
    let parts = split(text)
    guard !parts.contains("") else {
      throw UnitError("there is nothing between two colons of \"\(text)\"", hint: hint)
    }
    guard parts.count <= 3 else { throw UnitError("\"\(text)\" has too many colons", hint: hint) }
    if parts.count == 1 {
      volume.target = parts[0]
    } else {
      volume.source = parts[0]
      volume.target = parts[1]
    }
    if parts.count == 3 { volume.options = parts[2].split(separator: ",").map(String.init) }
    return volume
  }

  private static let hint = "write [source:]target[:options], such as ./data:/data:ro"

  /// Cuts at the colons, but not inside `${…}` and not behind the letter of a Windows drive.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = []
    var part: [UInt8] = []
    var openBraces = 0
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "{"), part.last == UInt8(ascii: "$") { openBraces += 1 }
      if byte == UInt8(ascii: "}"), openBraces > 0 { openBraces -= 1 }
      if byte == UInt8(ascii: ":"), openBraces == 0,
        !isDrive(part, rest: bytes[(index + 1)...], isSource: parts.isEmpty)
      {
        parts.append(String(decoding: part, as: UTF8.self))
        part = []
      } else {
        part.append(byte)
      }
    }
    parts.append(String(decoding: part, as: UTF8.self))
    return parts
  }

  // `v:/data` is a volume with a name of one letter: a source on a drive has a target behind it.
  private static func isDrive(
    _ part: [UInt8], rest: ArraySlice<UInt8>, isSource: Bool
  ) -> Bool {
    guard part.count == 1, isLetter(part[0]), let next = rest.first else { return false }
    if next == UInt8(ascii: "\\") { return true }
    guard next == UInt8(ascii: "/") else { return false }
    guard isSource else { return true }
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let target = rest[(colon + 1)...]
    return target.first == UInt8(ascii: "/") || isPath(onDrive: target)
  }

  private static func isPath(onDrive text: ArraySlice<UInt8>) -> Bool {
    let start = Array(text.prefix(3))
    return start.count == 3 && isLetter(start[0]) && start[1] == UInt8(ascii: ":")
      && (start[2] == UInt8(ascii: "/") || start[2] == UInt8(ascii: "\\"))
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  static func isPath(_ source: String) -> Bool {
    let bytes = source.utf8
    guard let first = bytes.first else { return false }
    if ".~/".utf8.contains(first) || source.hasPrefix("\\\\") { return true }
    return isLetter(first) && bytes.dropFirst().first == UInt8(ascii: ":")
  }
}
