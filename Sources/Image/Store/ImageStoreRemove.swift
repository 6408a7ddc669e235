import Glibc
import Linux
import Model

/// One thing that a removal did.
package enum ImageRemoval: Sendable, Hashable {
  /// A name was taken away.
  case untagged(String)
  /// An image is gone.
  case deleted(ObjectID)
}

extension ImageStore {
  /// Gives an image a further name.
  package func tag(_ source: String, as target: String) throws(Diagnostic) {
    let reference = try Self.tagged(target)
    let image = try resolve(source)
    try addName(reference, to: image)
  }

  static func tagged(_ text: String) throws(Diagnostic) -> Reference {
    let reference = try Reference(text)
    guard reference.digest == nil else {
      throw Diagnostic(
        .error, "'\(text)' has a digest, but a tag is a name", hint: "write NAME or NAME:TAG")
    }
    return reference
  }

  func addName(_ reference: Reference, to image: ImageRecord) throws(Diagnostic) {
    guard
      let entry = try readIndex().manifests.first(where: { $0.digest == image.manifestDigest })
    else { throw Diagnostic(.error, "no such image: \(image.id.short)") }
    try addToIndex(entry, references: [reference])
  }

  /// Removes a name, or an image with all its names.
  ///
  /// - Parameters:
  ///   - text: A name takes away that name, and the image with its last one; an id removes the
  ///     image, which must not have several names unless forced.
  ///   - force: Removes an image by its id although it has several names, and the name of an
  ///     image in use.
  ///   - users: The containers that use an image.
  package func remove(
    _ text: String, force: Bool = false, users: (ImageRecord) throws(Diagnostic) -> [String]
  ) throws(Diagnostic) -> [ImageRemoval] {
    let name = try? Reference(text)
    let image: ImageRecord
    do throws(Diagnostic) {
      image = try resolve(text)
    } catch {
      // An image whose blobs are damaged can still lose its name.
      if let name, try forget(name) { return [.untagged(name.familiar)] }
      throw error
    }
    let isByName = name.map { image.references.contains($0) } ?? false
    let isLastName = image.references.count <= 1
    if isByName, !isLastName, let name { return try untag([name], of: image, keeping: true) }
    if !isByName, image.references.count > 1, !force {
      throw Diagnostic(
        .error,
        "the image \(image.id.short) has several names: "
          + image.references.map(\.familiar).joined(separator: ", "),
        hint: "remove the names, or use --force")
    }
    let containers = try users(image)
    if !containers.isEmpty {
      guard force, isByName else { throw Self.inUse(text, containers) }
      return try untag(image.references, of: image, keeping: true)
    }
    let removals = try untag(image.references, of: image, keeping: false)
    collectGarbage()
    return removals + [.deleted(image.id)]
  }

  /// Takes a name out of the index without looking at the image; false when nothing has it.
  private func forget(_ name: Reference) throws(Diagnostic) -> Bool {
    try updateIndex { (index) throws(Diagnostic) in
      let count = index.manifests.count
      index.manifests.removeAll { $0.isNamed(name) }
      return index.manifests.count < count
    }
  }

  private static func inUse(_ text: String, _ containers: [String]) -> Diagnostic {
    let list = containers.sorted().joined(separator: ", ")
    return Diagnostic(
      .error, "the image '\(text)' is used by \(list)",
      hint: "remove \(containers.count == 1 ? "that container" : "those containers") first")
  }

  private func untag(
    _ references: [Reference], of image: ImageRecord, keeping: Bool
  ) throws(Diagnostic) -> [ImageRemoval] {
    try updateIndex { (index) throws(Diagnostic) in
      let entries = index.manifests.filter { $0.digest == image.manifestDigest }
      index.manifests.removeAll { entry in
        guard entry.digest == image.manifestDigest else { return false }
        return !keeping || references.contains { entry.isNamed($0) }
      }
      let isLeft = index.manifests.contains { $0.digest == image.manifestDigest }
      if keeping, !isLeft, var entry = entries.first {
        entry.annotations[Annotation.reference] = nil
        index.manifests.append(entry)
      }
      return references.map { .untagged($0.familiar) }
    }
  }

  /// Removes images that nobody uses.
  ///
  /// - Parameters:
  ///   - all: Also those that have names.
  ///   - damaged: Is told of each image that cannot be read: as long as one is there, no file goes.
  ///   - isKept: Says which must stay: those in use, and those that a filter spares.
  /// - Returns: What was removed, and the bytes that became free.
  package func prune(
    all: Bool, damaged: (Diagnostic) -> Void = { _ in },
    isKept: (ImageRecord) throws(Diagnostic) -> Bool
  ) throws(Diagnostic) -> (removals: [ImageRemoval], reclaimed: Int64) {
    var removals: [ImageRemoval] = []
    for image in try list(damaged: damaged) where all || image.references.isEmpty {
      if try isKept(image) { continue }
      removals += try untag(image.references, of: image, keeping: false)
      removals.append(.deleted(image.id))
    }
    return (removals, collectGarbage())
  }
}
