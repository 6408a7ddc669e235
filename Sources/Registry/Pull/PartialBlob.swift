import Glibc
import Image
import Linux
import Model
import State
import Transfer

/// A blob that comes in: its bytes go to a file and through a hasher at once.
struct PartialBlob: ~Copyable {
  private let file: OwnedDescriptor
  private let path: String
  private let expected: Descriptor
  private var hasher = DigestHasher()
  /// The bytes that are there.
  private(set) var count: Int64 = 0

  init(path: String, expected: Descriptor) throws(RegistryError) {
    self.path = path
    self.expected = expected
    do throws(SyscallError) {
      file = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    } catch {
      throw Self.failure(error)
    }
  }

  /// True when as many bytes are there as the manifest says.
  var isFull: Bool { count == expected.size }
  /// True when they are the right ones.
  var isRight: Bool { isFull && hasher.finalize() == expected.digest }

  /// Adds bytes; more than there should be is an error.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    let length = Int64(bytes.count)
    guard count + length <= expected.size else {
      throw RegistryError(
        .invalid,
        "the registry sends more than the \(expected.size) bytes that \(expected.digest) has")
    }
    hasher.update(raw: bytes)
    do throws(SyscallError) { try Descriptors.writeAll(file.raw, bytes, path: path) } catch {
      throw Self.failure(error)
    }
    count += length
  }

  /// Starts from the first byte again.
  mutating func restart() throws(RegistryError) {
    guard count > 0 else { return }
    guard ftruncate(file.raw, 0) == 0, lseek(file.raw, 0, SEEK_SET) == 0 else {
      throw Self.failure(SyscallError("ftruncate", path: path))
    }
    hasher = DigestHasher()
    count = 0
  }

  private static func failure(_ error: SyscallError) -> RegistryError {
    RegistryError(
      .local, "cannot write a layer: \(error.reason)",
      hint: error.shortage?.description)
  }
}
