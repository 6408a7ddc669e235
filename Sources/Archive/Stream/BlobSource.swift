import CArchive
import Glibc
import Linux

/// A part of a file, or a pipe, read once from its start to its end.
///
/// On the way the bytes are copied to a second file and their digest is taken, if asked for.
final class BlobSource {
  private let descriptor: Int32
  private let isPipe: Bool
  private var offset: Int64
  private let expected: Int64?
  private let copy: Int32?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
  /// Bytes read so far.
  private(set) var count: Int64 = 0
  private(set) var checksum: Checksum?
  /// The last eight bytes read so far.
  private(set) var lastBytes: [UInt8] = []
  /// Why reading stopped: libarchive only passes on that it did.
  private(set) var failure: ArchiveError?

  /// Reads `length` bytes at `offset`, or everything when `length` is nil. A pipe has no offset.
  init(
    descriptor: Int32, offset: Int64, length: Int64?, copy: Int32?, withChecksum: Bool
  ) {
    self.descriptor = descriptor
    self.offset = offset
    self.copy = copy
    expected = length
    isPipe = lseek(descriptor, 0, SEEK_CUR) < 0
    checksum = withChecksum ? Checksum() : nil
  }

  deinit { buffer.deallocate() }

  /// The next bytes; empty at the end. They are good until the next call.
  func next() throws(ArchiveError) -> UnsafeRawBufferPointer {
    let wanted = expected.map { Int(min(Int64(buffer.count), $0 - count)) } ?? buffer.count
    guard wanted > 0 else { return UnsafeRawBufferPointer(rebasing: buffer[..<0]) }
    let read = try ArchiveError.wrapping { () throws(SyscallError) in
      try Syscall.retry("read") {
        isPipe
          ? Glibc.read(descriptor, buffer.baseAddress, wanted)
          : pread(descriptor, buffer.baseAddress, wanted, Int(offset))
      }
    }
    if read == 0, let expected, count < expected {
      throw .unreadable(reason: "it ends after \(count) of \(expected) bytes")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<read])
    offset += Int64(read)
    count += Int64(read)
    checksum?.update(bytes)
    lastBytes = Array((lastBytes + bytes.suffix(8)).suffix(8))
    if let copy {
      try ArchiveError.wrapping { () throws(SyscallError) in
        try Descriptors.writeAll(copy, bytes)
      }
    }
    return bytes
  }

  /// Reads what the decompressor left, so that digest and copy are of the whole.
  func drain() throws(ArchiveError) {
    while !(try next().isEmpty) {}
  }

  /// The next bytes for libarchive.
  fileprivate func nextForCallback(_ result: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
    do throws(ArchiveError) {
      let bytes = try next()
      result.pointee = bytes.baseAddress
      return bytes.count
    } catch {
      failure = error
      return -1
    }
  }
}

/// Decompresses a blob: plain, gzip, zstd, bzip2 or xz, found out by its first bytes.
final class Decompressor {
  private let archive: OpaquePointer
  private let source: BlobSource

  init(_ source: BlobSource) throws(ArchiveError) {
    guard let archive = archive_read_new() else {
      throw .system(SyscallError("malloc", errno: ENOMEM))
    }
    self.archive = archive
    self.source = source
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_filter_bzip2(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_format_raw(archive)
    archive_read_support_format_empty(archive)
    let opened = archive_read_open(
      archive, Unmanaged.passUnretained(source).toOpaque(), nil,
      { _, context, result in
        guard let context, let result else { return -1 }
        let source = Unmanaged<BlobSource>.fromOpaque(context).takeUnretainedValue()
        return source.nextForCallback(result)
      }, nil)
    var entry: OpaquePointer?
    guard opened == ARCHIVE_OK else { throw error() }
    let header = archive_read_next_header(archive, &entry)
    guard header == ARCHIVE_OK || header == ARCHIVE_EOF else { throw error() }
    isEmpty = header == ARCHIVE_EOF
    // One is the compression, the other the reading itself.
    guard archive_filter_count(archive) <= 2 else {
      throw .unreadable(reason: "it is compressed more than once")
    }
  }

  deinit { archive_read_free(archive) }

  private var isEmpty = false

  /// The name of the compression: `none`, `gzip`, `zstd`, `bzip2` or `xz`.
  var compression: String {
    let names = [
      ARCHIVE_FILTER_GZIP: "gzip", ARCHIVE_FILTER_ZSTD: "zstd", ARCHIVE_FILTER_BZIP2: "bzip2",
      ARCHIVE_FILTER_XZ: "xz",
    ]
    return names[archive_filter_code(archive, 0)] ?? "none"
  }

  /// The next bytes; nil at the end. They are good until the next call.
  func next() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    if isEmpty { return nil }
    var pointer: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    switch archive_read_data_block(archive, &pointer, &count, &offset) {
    case ARCHIVE_OK, ARCHIVE_WARN: return UnsafeRawBufferPointer(start: pointer, count: count)
    case ARCHIVE_EOF: return nil
    default: throw error()
    }
  }

  private func error() -> ArchiveError {
    source.failure ?? .unreadable(reason: Self.message(archive))
  }

  /// libarchive's last message.
  static func message(_ archive: OpaquePointer) -> String {
    archive_error_string(archive).map { String(cString: $0) } ?? "it is damaged or cut short"
  }
}
