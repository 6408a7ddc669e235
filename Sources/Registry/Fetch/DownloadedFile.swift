import Glibc
import Image
import Linux
import State
import Transfer

/// A file whose content comes in: its bytes go to the disk and through a hasher at once.
struct DownloadedFile: ~Copyable {
  private let file: OwnedDescriptor
  private let path: String
  private var hasher = DigestHasher()
  /// The bytes that are there.
  private(set) var count: Int64 = 0

  /// Begins with an empty file.
  init(path: String) throws(RegistryError) {
    self.path = path
    do throws(SyscallError) {
      file = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
    } catch {
      throw Self.failure(error)
    }
  }

  /// The digest of all that came.
  var digest: Digest { hasher.finalize() }

  /// Adds bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    hasher.update(raw: bytes)
    do throws(SyscallError) { try Descriptors.writeAll(file.raw, bytes, path: path) } catch {
      throw Self.failure(error)
    }
    count += Int64(bytes.count)
  }

  private static func failure(_ error: SyscallError) -> RegistryError {
    RegistryError(
      .local, "cannot write what is fetched: \(error.reason)",
      hint: error.shortage?.description)
  }
}
