import Hashing
import Model

/// Computes the sha256 of a stream.
struct Checksum {
  private var hasher = SHA256()

  mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bytes) }

  /// The digest as `sha256:` and 64 digits.
  func text() -> String { "sha256:" + Hexadecimal.text(hasher.finalize()) }
}
