/// The path of an archive's member below the root: no `.`, `..`, doubled or outer slashes.
///
/// Paths are bytes: names that are not UTF-8 must come out as they went in.
struct MemberPath: Hashable {
  /// The path; empty for the root itself.
  private(set) var bytes: [UInt8]

  static let slash = UInt8(ascii: "/")

  /// Cleans a path; an absolute one counts from the root. Nil when it leads outside.
  init?(_ raw: some Sequence<UInt8>) {
    var parts: [ArraySlice<UInt8>] = []
    for part in Array(raw).split(separator: Self.slash) {
      if part.elementsEqual(".".utf8) { continue }
      if part.elementsEqual("..".utf8) {
        if parts.popLast() == nil { return nil }
      } else {
        parts.append(part)
      }
    }
    bytes = Array(parts.joined(separator: [Self.slash]))
  }

  /// Takes a path that is clean already.
  init(clean bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// True for the root itself.
  var isRoot: Bool { bytes.isEmpty }
  /// The path for messages.
  var text: String { isRoot ? "/" : String(decoding: bytes, as: UTF8.self) }

  /// The last component.
  var name: [UInt8] {
    guard let slash = bytes.lastIndex(of: Self.slash) else { return bytes }
    return Array(bytes[(slash + 1)...])
  }

  /// The directory it lies in; the root's is the root.
  var parent: MemberPath {
    guard let slash = bytes.lastIndex(of: Self.slash) else { return MemberPath(clean: []) }
    return MemberPath(clean: bytes[..<slash])
  }

  /// This directory and those above it, from the top, without the root.
  var ancestry: [MemberPath] {
    var result: [MemberPath] = []
    for (index, byte) in bytes.enumerated() where byte == Self.slash {
      result.append(MemberPath(clean: bytes[..<index]))
    }
    return isRoot ? [] : result + [self]
  }

  /// A path one component deeper.
  func appending(_ name: some Sequence<UInt8>) -> MemberPath {
    MemberPath(clean: isRoot ? Array(name) : bytes + [Self.slash] + Array(name))
  }
}

extension [UInt8] {
  /// Calls `body` with the bytes as a C string.
  func withCString<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let terminated = map { CChar(bitPattern: $0) } + [0]
    return try terminated.withUnsafeBufferPointer { (buffer) throws(Failure) in
      // The buffer holds at least the closing zero.
      try body(buffer.baseAddress.unsafelyUnwrapped)
    }
  }
}
