import CArchive
import Glibc
import Linux
import Model

/// Writes the members of a tar, one after the other: `begin`, what else it has, the header, the data.
final class TarWriter {
  private let output: BlobTarget
  private let archive: OpaquePointer
  private let entry: OpaquePointer

  /// Writes to an open file or pipe.
  init(_ target: Int32, takesDigest: Bool = true) throws(ArchiveError) {
    output = BlobTarget(target, takesDigest: takesDigest)
    // Names go out as the bytes they are.
    setlocale(LC_CTYPE, "C.UTF-8")
    guard let archive = archive_write_new(), let entry = archive_entry_new() else {
      throw .system(SyscallError("malloc", errno: ENOMEM))
    }
    self.archive = archive
    self.entry = entry
    archive_write_set_format_pax_restricted(archive)
    archive_write_add_filter_none(archive)
    archive_write_set_bytes_per_block(archive, 1 << 20)
    archive_write_set_bytes_in_last_block(archive, 1)
    guard output.open(archive) == ARCHIVE_OK else { throw error() }
  }

  deinit {
    archive_entry_free(entry)
    // What was not closed ends here, without the mark of its end.
    archive_write_fail(archive)
    archive_write_free(archive)
  }

  private func error() -> ArchiveError { output.error(of: archive) }

  /// Writes the end; returns digest and size of all.
  func close() throws(ArchiveError) -> (digest: String, size: Int64) {
    guard archive_write_close(archive) == ARCHIVE_OK else { throw error() }
    return (output.digest, output.size)
  }

  /// Begins a member with what is known of a file. Times after `latest`, in seconds since 1970, are
  /// written as that.
  func begin(_ path: MemberPath, _ status: FileStatus, latest: Int64? = nil) {
    archive_entry_clear(entry)
    let name = path.isRoot ? Array("./".utf8) : path.bytes
    name.withCString { archive_entry_copy_pathname(entry, $0) }
    archive_entry_set_mode(entry, status.mode | Self.type(of: status.kind))
    archive_entry_set_uid(entry, Int64(status.user))
    archive_entry_set_gid(entry, Int64(status.group))
    // Whole seconds, as Docker writes them: fractions would need an extra header a member.
    let seconds = Timestamp(nanoseconds: status.modifiedNanoseconds).seconds
    archive_entry_set_mtime(entry, Int(latest.map { min($0, seconds) } ?? seconds), 0)
    archive_entry_set_size(entry, 0)
  }

  private static func type(of kind: FileStatus.Kind) -> mode_t {
    switch kind {
    case .regular: S_IFREG
    case .directory: S_IFDIR
    case .symbolicLink: S_IFLNK
    case .characterDevice: S_IFCHR
    case .blockDevice: S_IFBLK
    case .pipe: S_IFIFO
    case .socket: S_IFSOCK
    }
  }

  /// Makes the member one of the markers of a layer: an empty file of root's.
  func makeMarker() {
    archive_entry_set_mode(entry, S_IFREG | 0o600)
    archive_entry_set_uid(entry, 0)
    archive_entry_set_gid(entry, 0)
  }

  /// Which device the member stands for.
  func setDevice(_ status: FileStatus) {
    archive_entry_set_rdevmajor(entry, dev_t(status.major))
    archive_entry_set_rdevminor(entry, dev_t(status.minor))
  }

  /// What the symbolic link reads.
  func setLink(_ target: [UInt8]) { target.withCString { archive_entry_copy_symlink(entry, $0) } }

  /// The member of which this is a further name.
  func setHardLink(_ first: [UInt8]) {
    first.withCString { archive_entry_copy_hardlink(entry, $0) }
    archive_entry_set_size(entry, 0)
  }

  /// How many bytes of data follow the header.
  func setSize(_ size: Int64) { archive_entry_set_size(entry, size) }

  /// A piece of the data that is not a hole; once there is one, all others are.
  func addPiece(at offset: Int64, length: Int64) {
    archive_entry_sparse_add_entry(entry, offset, length)
  }

  /// Adds the extended attributes of an open file.
  func addAttributes(of descriptor: Int32, path: MemberPath) throws(SyscallError) {
    for (name, value) in try TreeListing.attributes(descriptor, path: path.text) {
      archive_entry_xattr_add_entry(entry, name, value, value.count)
    }
  }

  /// Ends what is said about the member.
  func writeHeader() throws(ArchiveError) {
    let code = archive_write_header(archive, entry)
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN else { throw error() }
  }

  /// Writes data, with any bytes for holes.
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    guard archive_write_data(archive, bytes.baseAddress, bytes.count) == bytes.count else {
      throw error()
    }
  }
}
