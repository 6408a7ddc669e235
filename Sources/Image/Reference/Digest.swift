import Hashing

/// The sha256 digest of some bytes; written `sha256:` and 64 hexadecimal digits.
///
/// Source: OCI image specification, descriptor.md, "Digests".
package struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The 64 digits in lower case.
  package let hex: String

  /// Takes 64 hexadecimal digits; nil for anything else.
  package init?(hex: some StringProtocol) {
    guard hex.utf8.count == 64, hex.utf8.allSatisfy(Hexadecimal.isLowercaseDigit) else {
      return nil
    }
    self.hex = String(hex)
  }

  /// Takes `sha256:<64 digits>`; nil for anything else, also for other algorithms.
  package init?(_ text: some StringProtocol) {
    guard text.hasPrefix("sha256:") else { return nil }
    self.init(hex: text.dropFirst(7))
  }

  /// The digest of some bytes.
  package static func sha256(of bytes: some Collection<UInt8>) -> Digest {
    var hasher = DigestHasher()
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// The digest of a text in UTF-8.
  package static func sha256(of text: String) -> Digest { sha256(of: Array(text.utf8)) }

  fileprivate init(unchecked hex: String) { self.hex = hex }

  /// `sha256:` and the digits.
  package var description: String { "sha256:\(hex)" }
  /// The first 12 digits, as listings show them.
  package var short: String { String(hex.prefix(12)) }

  /// Orders by the digits.
  package static func < (left: Self, right: Self) -> Bool { left.hex < right.hex }
}

/// Computes a digest piece by piece.
package struct DigestHasher: Sendable {
  private var hasher = SHA256()

  /// Starts with no bytes.
  package init() {}

  /// Adds bytes.
  package mutating func update(_ bytes: some Collection<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable {
      hasher.update(UnsafeRawBufferPointer($0))
    }
    if done == nil {
      Array(bytes).withUnsafeBytes { hasher.update($0) }
    }
  }

  /// Adds bytes.
  package mutating func update(raw bytes: UnsafeRawBufferPointer) {
    hasher.update(bytes)
  }

  /// Adds a text with its length before it, so that `("ab", "c")` and `("a", "bc")` differ.
  package mutating func update(field text: String) {
    update(Array("\(text.utf8.count):".utf8))
    update(Array(text.utf8))
  }

  /// The digest of all bytes so far.
  package func finalize() -> Digest {
    Digest(unchecked: Hexadecimal.text(hasher.finalize()))
  }
}

/// Hexadecimal text.
enum Hexadecimal {
  static func isLowercaseDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
