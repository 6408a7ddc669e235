import CArchive
import Glibc
import Linux

/// Reads the members of a tar from a layer's stream.
final class TarReader {
  private let archive: OpaquePointer
  private let input: Input

  /// What libarchive's callback needs.
  private final class Input {
    let stream: LayerStream
    var chunk: Chunk?
    var failure: ArchiveError?

    init(_ stream: LayerStream) { self.stream = stream }

    func next(_ result: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
      do throws(ArchiveError) {
        chunk = try stream.next()
        result.pointee = chunk?.filled.baseAddress
        return chunk?.filled.count ?? 0
      } catch {
        failure = error
        return -1
      }
    }
  }

  init(_ stream: LayerStream) throws(ArchiveError) {
    guard let archive = archive_read_new() else {
      throw .system(SyscallError("malloc", errno: ENOMEM))
    }
    self.archive = archive
    input = Input(stream)
    archive_read_support_format_tar(archive)
    archive_read_support_format_empty(archive)
    let opened = archive_read_open(
      archive, Unmanaged.passUnretained(input).toOpaque(), nil,
      { _, context, result in
        guard let context, let result else { return -1 }
        return Unmanaged<Input>.fromOpaque(context).takeUnretainedValue().next(result)
      }, nil)
    guard opened == ARCHIVE_OK else { throw error() }
  }

  deinit { archive_read_free(archive) }

  /// The next member; nil at the end.
  func next() throws(ArchiveError) -> TarMember? {
    var entry: OpaquePointer?
    switch archive_read_next_header(archive, &entry) {
    case ARCHIVE_OK, ARCHIVE_WARN: break
    case ARCHIVE_EOF: return nil
    default: throw error()
    }
    guard let entry else { return nil }
    return try TarMember(entry)
  }

  /// The next piece of the last member's data and its place in the file; nil at the end.
  func nextBlock() throws(ArchiveError) -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
    var pointer: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    repeat {
      switch archive_read_data_block(archive, &pointer, &count, &offset) {
      case ARCHIVE_OK, ARCHIVE_WARN: break
      case ARCHIVE_EOF: return nil
      default: throw error()
      }
    } while count == 0
    return (UnsafeRawBufferPointer(start: pointer, count: count), offset)
  }

  private func error() -> ArchiveError {
    input.failure ?? .unreadable(reason: Decompressor.message(archive))
  }
}
