import Glibc
import Linux
import Model

extension ImageStore {
  /// The most bytes a manifest or configuration may have, as registries limit them.
  static let maximumDocumentSize = 4 << 20

  /// True when the whole blob is there.
  func hasBlob(_ descriptor: Descriptor) -> Bool {
    guard let status = try? Files.status(blobPath(descriptor.digest)) else { return false }
    return status.kind == .regular && status.size == descriptor.size
  }

  /// What is wrong with a manifest or configuration that nobody could read again.
  static func documentTooLarge(_ size: Int) -> Diagnostic {
    Diagnostic(
      .error,
      "the image's configuration has \(size) bytes; it may have at most \(maximumDocumentSize)",
      hint: "its labels, environment and history are in it: put large texts into files")
  }

  /// Writes a small blob and returns its descriptor.
  func addBlob(_ bytes: [UInt8], mediaType: String) throws(Diagnostic) -> Descriptor {
    guard bytes.count <= Self.maximumDocumentSize else {
      throw Self.documentTooLarge(bytes.count)
    }
    let digest = Digest.sha256(of: bytes)
    let descriptor = Descriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    if hasBlob(descriptor) { return descriptor }
    try diagnosing("write to the image store") { () throws(SyscallError) in
      try Files.writeAtomically(blobPath(digest), bytes, sync: true)
    }
    return descriptor
  }

  /// Takes a finished file of a working directory in as a blob.
  func adoptBlob(_ path: String, as digest: Digest) throws(Diagnostic) {
    try diagnosing("write to the image store") { () throws(SyscallError) in
      try Files.setMode(path, 0o644)
      try Files.rename(path, blobPath(digest))
    }
  }

  /// Reads a manifest or configuration and checks its digest.
  func readDocument(_ digest: Digest) throws(Diagnostic) -> JSON {
    let path = blobPath(digest)
    let bytes = try diagnosing("read the image store") { () throws(SyscallError) in
      try Files.read(path, limit: Self.maximumDocumentSize)
    }
    guard Digest.sha256(of: bytes) == digest else {
      throw Diagnostic(
        .error, "the blob \(digest) in the image store is damaged",
        hint: "load or build the image again; the file is \(path)")
    }
    return try Self.parseDocument(bytes, name: "the blob \(digest)")
  }

  static func parseDocument(_ bytes: [UInt8], name: String) throws(Diagnostic) -> JSON {
    do throws(JSONError) {
      return try JSON.parse(bytes, maximumDepth: 64)
    } catch {
      throw Diagnostic(.error, "\(name) is not valid: \(error)")
    }
  }
}
