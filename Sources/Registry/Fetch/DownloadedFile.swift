import Glibc
import Image
import Linux
import NIOCore
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
  mutating func append(_ buffer: ByteBuffer) throws(RegistryError) {
    let result: Result<Void, SyscallError> = buffer.withUnsafeReadableBytes { bytes in
      hasher.update(raw: bytes)
      do throws(SyscallError) {
        return .success(try Descriptors.writeAll(file.raw, bytes, path: path))
      } catch {
        return .failure(error)
      }
    }
    if case .failure(let error) = result { throw Self.failure(error) }
    count += Int64(buffer.readableBytes)
  }

  private static func failure(_ error: SyscallError) -> RegistryError {
    RegistryError(
      .local, "cannot write what is fetched: \(error.reason)",
      hint: error.errno == ENOSPC
        ? "free space, for example with 'roost image prune', or move the store with --root" : nil)
  }
}
