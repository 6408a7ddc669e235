import Hashing

/// Computes the sha256 of a stream.
struct Checksum {
  private var hasher = SHA256()

  mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bytes) }

  /// The digest as `sha256:` and 64 digits.
  func text() -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text = Array("sha256:".utf8)
    for byte in hasher.finalize() {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
