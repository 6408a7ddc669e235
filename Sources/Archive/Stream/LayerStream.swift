import Glibc
import Linux
import Model

/// Reads, checks and decompresses a blob on threads of its own, while another unpacks it.
///
/// One thread reads (and copies, and decompresses), one takes the digest of what comes out; the
/// caller's thread gets the bytes. For a plain tar the blob's digest is that of its content.
final class LayerStream: @unchecked Sendable {
  /// What to read, and what to do on the way.
  struct Options: Sendable {
    var offset: Int64 = 0
    /// Bytes to read; nil for all.
    var length: Int64?
    /// A descriptor that gets the blob's bytes as they are.
    var copy: Int32?
    /// The most bytes that may come out; nil sets one by the blob's size.
    var limit: Int64?
    /// Compares the checksum at the end of gzip: for blobs whose digest nobody knows.
    var checksEnd = false
    /// Takes the digests of the blob and of what comes out.
    var takesDigests = true
  }

  /// What was read. Valid once everything was.
  struct Summary: Sendable {
    var compression = "none"
    var blobDigest = ""
    var blobSize: Int64 = 0
    var contentDigest = ""
    var contentSize: Int64 = 0
  }

  private static let chunkSize = 1 << 20
  private static let queueLength = 8
  // gzip reaches 1000:1; layers of programs stay below 20:1.
  private static let plainRatio: Int64 = 100
  private static let plainLimit: Int64 = 4 << 30

  private let content = ChunkQueue(limit: queueLength)
  private let hashing = ChunkQueue(limit: queueLength)
  private let descriptor: Int32
  private let options: Options
  // Written by the threads, read after they were joined.
  private nonisolated(unsafe) var summary = Summary()
  private nonisolated(unsafe) var end: (computed: UInt32, trailer: [UInt8]) = (0, [])
  private var workers: [WorkerThread] = []

  init(descriptor: Int32, options: Options) throws(ArchiveError) {
    self.descriptor = descriptor
    self.options = options
    do throws(SyscallError) {
      workers.append(try WorkerThread { [self] in produce() })
      workers.append(try WorkerThread { [self] in hash() })
    } catch {
      abandon()
      throw .system(error)
    }
  }

  /// The next bytes; nil at the end.
  func next() throws(ArchiveError) -> Chunk? { try content.pop() }

  /// Reads the rest and tells what it all was.
  func finish() throws(ArchiveError) -> Summary {
    while try next() != nil {}
    join()
    try checkEnd()
    return summary
  }

  /// Stops early.
  func abandon() {
    content.abandon()
    hashing.abandon()
    join()
  }

  // The last eight bytes of gzip are the checksum and the size of its last part. Where the size is
  // that of all the content, there is only one part, and the checksum is that of the content.
  private func checkEnd() throws(ArchiveError) {
    guard options.checksEnd, summary.compression == "gzip", end.trailer.count == 8 else { return }
    let numbers = [end.trailer[..<4], end.trailer[4...]].map { bytes in
      bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    guard numbers[1] == UInt32(truncatingIfNeeded: summary.contentSize) else { return }
    guard numbers[0] == end.computed else {
      throw .unreadable(reason: "its content does not fit the checksum at its end")
    }
  }

  private func join() {
    for worker in workers { worker.join() }
    workers = []
  }

  private func produce() {
    let result: Result<Void, ArchiveError>
    do throws(ArchiveError) {
      try read()
      result = .success(())
    } catch {
      result = .failure(error)
    }
    content.finish(result)
    hashing.finish(result)
  }

  private func read() throws(ArchiveError) {
    let source = BlobSource(
      descriptor: descriptor, offset: options.offset, length: options.length, copy: options.copy,
      withChecksum: options.takesDigests)
    let decompressor = try Decompressor(source)
    summary.compression = decompressor.compression
    var chunk = Chunk(capacity: Self.chunkSize)
    while var bytes = try decompressor.next() {
      summary.contentSize += Int64(bytes.count)
      try checkLimit(blobSize: source.count)
      while !bytes.isEmpty {
        bytes = UnsafeRawBufferPointer(rebasing: bytes[chunk.append(bytes)...])
        if chunk.room == 0 {
          guard deliver(chunk) else { return }
          chunk = Chunk(capacity: Self.chunkSize)
        }
      }
    }
    if chunk.count > 0 { _ = deliver(chunk) }
    try source.drain()
    summary.blobSize = source.count
    end.trailer = source.lastBytes
    summary.blobDigest = source.checksum?.text() ?? ""
    if summary.compression == "none" { summary.contentDigest = summary.blobDigest }
  }

  private func checkLimit(blobSize: Int64) throws(ArchiveError) {
    let limit = options.limit ?? max(Self.plainLimit, blobSize * Self.plainRatio)
    guard summary.compression == "none" || summary.contentSize <= limit else {
      throw .tooLarge(limit: limit)
    }
  }

  private func deliver(_ chunk: Chunk) -> Bool {
    let hasOwnDigest = options.takesDigests && summary.compression != "none"
    if hasOwnDigest, !hashing.push(chunk) { return false }
    return content.push(chunk)
  }

  private func hash() {
    guard options.takesDigests else { return }
    var checksum = Checksum()
    var hasContent = false
    var check = CyclicRedundancyCheck()
    defer { end.computed = check.value }
    while let chunk = try? hashing.pop() {
      checksum.update(chunk.filled)
      if options.checksEnd { check.update(chunk.filled) }
      hasContent = true
    }
    if hasContent || summary.compression != "none" { summary.contentDigest = checksum.text() }
  }
}
