import Image
import State
import Transfer

/// What is fetched, as it comes in.
struct FetchedFile: ~Copyable {
  let request: RemoteFileRequest
  let progress: any TransferProgress
  private var file: DownloadedFile?
  private var meter: ByteMeter?
  private var length: Int64?

  init(request: RemoteFileRequest, progress: any TransferProgress) {
    self.request = request
    self.progress = progress
  }

  /// True when its content began to come.
  var hasBegun: Bool { meter != nil }

  /// Begins with the headers of an answer.
  mutating func begin(_ reply: HTTPReply) throws(RegistryError) {
    let length = reply.headers.first(name: "Content-Length").flatMap { Int64($0) }
    if let length, length > request.limit { throw tooLarge() }
    self.length = length
    file = try DownloadedFile(path: request.path)
    meter = ByteMeter(reply.address.host, progress) { .downloading(done: $0, total: length ?? 0) }
  }

  /// Adds bytes.
  mutating func take(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    guard (file?.count ?? 0) + Int64(bytes.count) <= request.limit else { throw tooLarge() }
    try file?.append(bytes)
    if length != nil { meter?.report(file?.count ?? 0) }
  }

  /// What came, with what the answer says about it.
  func result(_ reply: HTTPReply) throws -> RemoteFile {
    let (count, digest) =
      switch file {
      case .some(let file): (file.count, file.digest)
      case .none: (0, Digest.sha256(of: []))
      }
    if let length, length != count {
      throw ConnectionFailure.transient(
        reply.address, "the connection was cut after \(count) of \(length) bytes")
    }
    return RemoteFile(
      digest: digest, size: count,
      modified: reply.headers.first(name: "Last-Modified").flatMap(HTTPDate.seconds),
      tag: reply.headers.first(name: "ETag"),
      name: reply.headers.first(name: "Content-Disposition").flatMap(ContentDisposition.fileName))
  }

  private func tooLarge() -> RegistryError {
    RegistryError(
      .invalid, "\(request.address) has more than \(request.limit) bytes",
      hint: "if it is to be trusted, raise the limit with ROOST_LAYER_SIZE_LIMIT=BYTES")
  }
}
