import Glibc
import Linux
import Model
import State

/// An archive that holds images, opened so that its members can be read where they lie.
struct TransportArchive {
  /// A path to the uncompressed archive, good as long as this value lives.
  let path: String
  /// The archive's name in messages.
  let name: String
  private let file: OwnedDescriptor
  private let index: TarIndex

  /// Opens a file or stream. What is compressed or cannot be read twice is first written to the
  /// working directory.
  init(_ source: ImageSource, store: ImageStore, work: WorkDirectory) throws(Diagnostic) {
    name = source.name
    var opened = try source.open()
    if !Self.isPlainFile(opened.raw) {
      let plain = "\(work.path)/archive.tar"
      _ = try store.helper.run(
        .decompress(.descriptor(4), to: .path(plain)), in: work,
        descriptors: [(opened.raw, 4)])
      opened = try ImageSource.file(plain).open()
    }
    file = opened
    // The helpers open it again, each with a position of its own.
    path = "/proc/\(getpid())/fd/\(opened.raw)"
    index = try Self.index(opened, name: source.name)
  }

  private static func isPlainFile(_ descriptor: Int32) -> Bool {
    guard let status = try? Files.status(descriptor: descriptor), status.kind == .regular,
      let start = try? read(descriptor, at: 0, count: 6)
    else { return false }
    let magics: [[UInt8]] = [
      [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00],
      Array("BZh".utf8),
    ]
    return !magics.contains { start.starts(with: $0) }
  }

  private static func index(
    _ file: OwnedDescriptor, name: String
  ) throws(Diagnostic) -> TarIndex {
    let size = try diagnosing("read \(name)") { () throws(SyscallError) in
      try Files.status(descriptor: file.raw).size
    }
    return try TarIndex(size: size, file: name) { (offset, count) throws(Diagnostic) in
      try diagnosing("read \(name)") { () throws(SyscallError) in
        try read(file.raw, at: offset, count: count)
      }
    }
  }

  private static func read(
    _ file: Int32, at offset: Int64, count: Int
  ) throws(SyscallError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let rest = count - filled
      let read = try Syscall.retry("read") {
        bytes.withUnsafeMutableBytes { buffer in
          pread(file, buffer.baseAddress?.advanced(by: filled), rest, Int(offset) + filled)
        }
      }
      if read == 0 { break }
      filled += read
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// True when there is a member of that name.
  func has(_ member: String) -> Bool { index.extent(member) != nil }

  /// Where a member lies.
  func extent(_ member: String) throws(Diagnostic) -> TarIndex.Extent {
    guard let extent = index.extent(member) else {
      throw Diagnostic(
        .error, "\(name) has no '\(member)', which its manifest names",
        hint: "the archive is damaged; save the image again")
    }
    return extent
  }

  /// Reads a small member.
  func read(_ member: String) throws(Diagnostic) -> [UInt8] {
    let extent = try extent(member)
    guard extent.size <= ImageStore.maximumDocumentSize else {
      throw Diagnostic(
        .error, "'\(member)' in \(name) has \(extent.size) bytes; it is not an image")
    }
    return try diagnosing("read \(name)") { () throws(SyscallError) in
      try Self.read(file.raw, at: extent.offset, count: Int(extent.size))
    }
  }

  /// Reads a member as JSON.
  func readJSON(_ member: String) throws(Diagnostic) -> JSON {
    try ImageStore.parseDocument(try read(member), name: "'\(member)' in \(name)")
  }

  /// Reads the blob of a descriptor from an OCI layout and checks it.
  func readBlob(_ descriptor: Descriptor) throws(Diagnostic) -> [UInt8] {
    let bytes = try read(Self.blobName(descriptor.digest))
    guard Int64(bytes.count) == descriptor.size, Digest.sha256(of: bytes) == descriptor.digest
    else {
      throw Diagnostic(
        .error, "the blob \(descriptor.digest) in \(name) is not what its name says",
        hint: "the archive is damaged; save the image again")
    }
    return bytes
  }

  static func blobName(_ digest: Digest) -> String { "blobs/sha256/\(digest.hex)" }
}
