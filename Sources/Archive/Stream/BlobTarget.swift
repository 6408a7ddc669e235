import CArchive
import Linux

/// Where libarchive writes to: an open file, whose digest and size are taken on the way.
final class BlobTarget {
  private let target: Int32
  private var checksum: Checksum?
  /// The bytes written so far.
  private(set) var size: Int64 = 0
  /// Why writing stopped: libarchive only passes on that it did.
  private(set) var failure: SyscallError?

  init(_ target: Int32, takesDigest: Bool = true) {
    self.target = target
    checksum = takesDigest ? Checksum() : nil
  }

  /// The digest of all that was written; empty when it was not taken.
  var digest: String { checksum?.text() ?? "" }

  /// Makes this the place that an archive is written to. It must live as long as the archive.
  func open(_ archive: OpaquePointer) -> Int32 {
    archive_write_open(
      archive, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, bytes, count in
        guard let context else { return -1 }
        let target = Unmanaged<BlobTarget>.fromOpaque(context).takeUnretainedValue()
        return target.write(UnsafeRawBufferPointer(start: bytes, count: count))
      }, nil)
  }

  /// What went wrong, in our words or in libarchive's.
  func error(of archive: OpaquePointer) -> ArchiveError {
    if let failure { return .system(failure) }
    return .unreadable(reason: Decompressor.message(archive))
  }

  private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    do throws(SyscallError) {
      checksum?.update(bytes)
      try Descriptors.writeAll(target, bytes)
      size += Int64(bytes.count)
      return bytes.count
    } catch {
      failure = error
      return -1
    }
  }
}
