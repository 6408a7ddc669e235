// Stands in for swift-crypto when the module Image is built for the fuzzer, which has no packages:
// no target compares digests of contents. A sum takes the place of the hash.

/// What the module Image uses of a hash.
package struct SHA256: Sendable {
  private var sum: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Makes the hash of nothing.
  package init() {}

  /// Adds bytes.
  package mutating func update(bufferPointer: UnsafeRawBufferPointer) {
    for byte in bufferPointer { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// As many bytes as a digest has.
  package func finalize() -> [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: sum >> (UInt64($0) % 8 * 8)) }
  }
}
