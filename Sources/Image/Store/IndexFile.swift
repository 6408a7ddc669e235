import Linux
import Model
import State

/// The names of our annotations in `index.json`.
enum Annotation {
  /// The full reference. Source: OCI image specification, annotations.md.
  static let reference = "org.opencontainers.image.ref.name"
  /// The digest of what a registry gave: `repository@digest`.
  static let repositoryDigest = "dev.roost.image.repository-digest"
  /// When a registry last gave the image, or said that there is no newer one.
  static let received = "dev.roost.image.received"
}

extension ImageStore {
  /// Reads `index.json`; a store that was never used has no images.
  func readIndex() throws(Diagnostic) -> ImageIndex {
    let bytes = try diagnosing("read the image store") { () throws(SyscallError) in
      try Files.readIfPresent(indexPath)
    }
    guard let bytes else { return ImageIndex() }
    return try ImageIndex(
      json: Self.parseDocument(bytes, name: indexPath), in: indexPath)
  }

  /// Changes `index.json`: nobody else does meanwhile.
  func updateIndex<Result>(
    _ body: (inout ImageIndex) throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    try prepare()
    let lock = try diagnosing("lock the image store") { () throws(SyscallError) in
      try FileLock.acquire("\(layout.images)/.index-lock")
    }
    defer { lock.release() }
    let old = try readIndex()
    var index = old
    let result = try body(&index)
    guard index != old else { return result }
    try diagnosing("write to the image store") { () throws(SyscallError) in
      try ReservedFile.write(indexPath, index.json.utf8(.pretty) + [0x0A])
    }
    return result
  }

  /// Gives a manifest a name, taking it from whoever had it; without names the image is kept
  /// as an untagged one.
  func addToIndex(
    _ descriptor: Descriptor, references: [Reference], repositoryDigests: [String] = [],
    receivedAt: Timestamp? = nil
  ) throws(Diagnostic) {
    var descriptor = descriptor
    if let receivedAt { descriptor.annotations[Annotation.received] = receivedAt.rfc3339 }
    try updateIndex { (index) throws(Diagnostic) in
      let displaced = index.manifests.filter { entry in
        references.contains { $0.description == entry.annotations[Annotation.reference] }
          && entry.digest != descriptor.digest
      }
      index.manifests.removeAll { entry in
        references.contains { $0.description == entry.annotations[Annotation.reference] }
          || (entry.digest == descriptor.digest && entry.annotations[Annotation.reference] == nil
            && (entry.annotations[Annotation.repositoryDigest] == nil
              || repositoryDigests.contains(entry.annotations[Annotation.repositoryDigest] ?? "")))
      }
      for reference in references {
        index.manifests.append(descriptor.named(reference, repositoryDigests.first))
      }
      let isListed = index.manifests.contains { entry in
        entry.digest == descriptor.digest
          && repositoryDigests.allSatisfy {
            entry.annotations[Annotation.repositoryDigest] == $0
          }
      }
      if !isListed { index.manifests.append(descriptor.named(nil, repositoryDigests.first)) }
      // An image that lost its last name stays, as `<none>`, until it is removed or pruned.
      for entry in displaced where !index.manifests.contains(where: { $0.digest == entry.digest }) {
        index.manifests.append(entry.named(nil, nil))
      }
    }
  }
}

extension Descriptor {
  /// This descriptor under a name, or under none.
  func named(_ reference: Reference?, _ repositoryDigest: String?) -> Descriptor {
    var copy = self
    copy.annotations[Annotation.reference] = reference?.description
    if let repositoryDigest { copy.annotations[Annotation.repositoryDigest] = repositoryDigest }
    return copy
  }
}
