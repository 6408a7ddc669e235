import CCrypto

/// Computes the SHA-256 of bytes that come piece by piece. A copy goes on by itself.
///
/// Source: FIPS 180-4; the work is done by OpenSSL's libcrypto with the processor's own
/// instructions for it where there are any.
package struct SHA256: Sendable {
  private var state = SHA256_CTX()

  /// Starts with no bytes.
  package init() { SHA256_Init(&state) }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&state, bytes.baseAddress, bytes.count)
  }

  /// The 32 bytes of the digest of all that was added so far; more may be added afterwards.
  package func finalize() -> [UInt8] {
    var copy = state
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      SHA256_Final(digest.baseAddress, &copy)
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }
}
