import Model

/// A file that a build wants from the web.
package struct RemoteFileRequest: Sendable, Hashable {
  /// The address, `http` or `https`.
  package var address: String
  /// The file to write, which must not be there.
  package var path: String
  /// The entity tag of the content that is known: the same content is not sent again.
  package var knownTag: String?
  /// The most bytes that are taken.
  package var limit: Int64

  /// Makes a request.
  package init(address: String, path: String, knownTag: String? = nil, limit: Int64) {
    self.address = address
    self.path = path
    self.knownTag = knownTag
    self.limit = limit
  }
}

/// A file that was fetched.
package struct RemoteFile: Sendable, Hashable {
  /// The digest of its content.
  package var digest: Digest
  /// Its size in bytes.
  package var size: Int64
  /// When the server says it changed last, in seconds since 1970.
  package var modified: Int64?
  /// By what the server knows this content.
  package var tag: String?
  /// The name that the server gives it.
  package var name: String?

  /// Makes one.
  package init(digest: Digest, size: Int64, modified: Int64?, tag: String?, name: String?) {
    self.digest = digest
    self.size = size
    self.modified = modified
    self.tag = tag
    self.name = name
  }
}

/// Fetches files from the web for builds, for those who know HTTP.
package protocol RemoteFetcher: Sendable {
  /// Fetches one file; nil when the content is that of the known tag.
  ///
  /// A cancellation ends it early with an error.
  func fetch(
    _ request: RemoteFileRequest, cancellation: BuildCancellation
  ) throws(Diagnostic) -> RemoteFile?
}

/// Stands where nothing can be fetched.
struct NoFetcher: RemoteFetcher {
  func fetch(
    _ request: RemoteFileRequest, cancellation: BuildCancellation
  ) throws(Diagnostic) -> RemoteFile? {
    throw Diagnostic(.error, "nothing can be fetched here: \(request.address)")
  }
}
