import Model
import YAML

/// The digests by which the images of a project are known, as `roost lock` writes them and every
/// load reads them (`roost.lock`, beside the Compose file).
///
///     images:
///       redis:7: sha256:…
package struct LockFile: Sendable, Hashable {
  /// The name of the file.
  package static let name = "roost.lock"

  /// A digest for each image, by its name as `ImageBuilders.comparable` spells it.
  package private(set) var digests: [String: String] = [:]

  /// Makes a file without images.
  package init() {}

  /// Notes the digest of an image.
  package mutating func set(_ image: String, _ digest: String) {
    digests[ImageBuilders.comparable(image)] = digest
  }

  /// The digest of an image; nil for one that is not in the file.
  package func digest(of image: String) -> String? { digests[ImageBuilders.comparable(image)] }

  /// The text of the file.
  package var text: String {
    var images = Mapping()
    for (image, digest) in digests.sorted(by: { $0.key < $1.key }) {
      images.set(image, .string(digest))
    }
    let tree: Node = ["images": .mapping(images, at: .none)]
    return "# Written by `roost lock`, read by `roost up`; it belongs to the Compose file.\n"
      + YAMLWriter.text(of: tree)
  }

  /// Reads the file at a path; nil when there is none.
  package static func read(
    _ path: String, with reader: FileReader
  ) throws(Diagnostics) -> LockFile? {
    guard reader.exists(path) else { return nil }
    let bytes: [UInt8]
    do throws(FileReader.Failure) { bytes = try reader.read(path) } catch {
      throw Diagnostics([Diagnostic(.error, "cannot read \(path): \(error)")])
    }
    let source: SourceFile
    do throws(Diagnostic) { source = try SourceFile(name: path, bytes: bytes) } catch {
      throw Diagnostics([error])
    }
    let documents = try Node.documents(in: source)
    return try documents.first.map { document throws(Diagnostics) in try LockFile(document) }
  }

  /// Reads a document.
  init(_ document: Node) throws(Diagnostics) {
    var report = Report()
    for entry in document.mapping?.entries ?? [] where entry.key != "images" {
      report.add(
        entry.value.diagnostic(
          .error, "\(entry.key) is not a key of \(Self.name)", path: NodePath([.key(entry.key)]),
          hint: Self.rewriting))
    }
    guard let images = document["images"]?.mapping else {
      report.add(
        document.diagnostic(
          .error, "\(Self.name) has no images", path: NodePath(), hint: Self.rewriting))
      throw report.failure
    }
    for entry in images.entries {
      guard let digest = entry.value.stringValue, Self.isDigest(digest) else {
        report.add(
          entry.value.diagnostic(
            .error, "the digest of \(entry.key) is `sha256:` and 64 hexadecimal digits",
            path: NodePath([.key("images"), .key(entry.key)]), hint: Self.rewriting))
        continue
      }
      set(entry.key, digest)
    }
    if report.hasErrors { throw report.failure }
  }

  private static let rewriting = "`roost lock` writes it anew"

  /// Source: OCI Image Specification, descriptor.md, "Digests".
  private static func isDigest(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let length = ["sha256": 64, "sha512": 128][parts[0]] else {
      return false
    }
    return parts[1].utf8.count == length && parts[1].allSatisfy { $0.isHexDigit && !$0.isUppercase }
  }
}

/// What a load does with `roost.lock`.
package enum LockRule: Sendable, Hashable {
  /// The images that are in it get their digests.
  case honoured
  /// All images have to be in it that come from a registry.
  case required
  /// It is not read.
  case ignored
}

/// Gives the images of services the digests that the lock file has for them.
struct LockStage {
  let directory: String
  let rule: LockRule
  let session: LoadSession

  func apply(to state: inout ModelState) {
    guard rule != .ignored else { return }
    let path = PathText.join(directory, LockFile.name)
    let file: LockFile
    if session.reader.exists(path) {
      guard let read = read(path) else { return }
      file = read
    } else {
      guard rule == .required else { return }
      file = LockFile()
    }
    let built = Set((services(state.model) + state.disabled.entries).compactMap(builtImage))
    for entry in services(state.model) {
      guard entry.value["build"]?.mapping == nil, let image = entry.value["image"],
        let text = image.stringValue, !text.contains("@"),
        !built.contains(ImageBuilders.comparable(text))
      else { continue }
      if let digest = file.digest(of: text) {
        state.model["services"]?[entry.key]?["image"] = image.replacing(
          .string("\(text)@\(digest)"))
      } else if rule == .required {
        session.report.add(
          image.diagnostic(
            .error, "the image \(text) is not in \(LockFile.name)",
            path: NodePath([.key("services"), .key(entry.key), .key("image")]),
            hint: "`roost lock` adds it"))
      }
    }
  }

  private func services(_ model: Node) -> [Mapping.Entry] {
    model["services"]?.mapping?.entries ?? []
  }

  private func builtImage(_ entry: Mapping.Entry) -> String? {
    guard entry.value["build"]?.mapping != nil else { return nil }
    return entry.value["image"]?.stringValue.map(ImageBuilders.comparable)
  }

  private func read(_ path: String) -> LockFile? {
    guard let documents = session.documents(of: path, readBy: .usualName) else { return nil }
    guard let document = documents.first else {
      session.report.add(
        Diagnostic(
          .error, "\(session.shownName(of: path)) is empty", hint: "`roost lock` writes it anew"))
      return nil
    }
    do throws(Diagnostics) { return try LockFile(document) } catch {
      session.report.add(error.messages)
      return nil
    }
  }
}
