import Glibc
import Linux
import Model

extension ImageStore {
  /// The bytes of an image's manifest.
  package func manifestBytes(of image: ImageRecord) throws(Diagnostic) -> [UInt8] {
    try readWhole(image.manifestDigest)
  }

  /// Parses the manifest of an image.
  package func manifest(of image: ImageRecord) throws(Diagnostic) -> Manifest {
    try Manifest(
      json: readDocument(image.manifestDigest), in: "the manifest \(image.manifestDigest)")
  }

  /// Opens a blob to read it.
  package func openBlob(_ blob: Descriptor) throws(Diagnostic) -> OwnedDescriptor {
    guard hasBlob(blob) else {
      throw Diagnostic(
        .error, "the blob \(blob.digest) is missing in the image store",
        hint: "pull, load or build the image again")
    }
    return try diagnosing("read the image store") { () throws(SyscallError) in
      try Files.open(blobPath(blob.digest), O_RDONLY)
    }
  }

  /// Notes under which digest a registry knows an image now.
  package func noteRepositoryDigest(
    _ digest: Reference, of image: ImageRecord, pushedAs reference: Reference
  ) throws(Diagnostic) {
    try updateIndex { (index) throws(Diagnostic) in
      for place in index.manifests.indices
      where index.manifests[place].digest == image.manifestDigest
        && index.manifests[place].isNamed(reference)
      {
        index.manifests[place].annotations[Annotation.repositoryDigest] = digest.description
      }
    }
  }

  private func readWhole(_ digest: Digest) throws(Diagnostic) -> [UInt8] {
    try diagnosing("read the image store") { () throws(SyscallError) in
      try Files.read(blobPath(digest), limit: Self.maximumDocumentSize)
    }
  }
}
