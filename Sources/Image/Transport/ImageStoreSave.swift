import Glibc
import Linux
import Model
import State

extension ImageStore {
  /// The formats that `save` writes.
  package enum ArchiveFormat: String, Sendable, CaseIterable {
    /// What `docker load` reads; it is an OCI layout as well.
    case docker = "docker-archive"
    /// An OCI layout alone.
    case oci = "oci-archive"
  }

  /// Writes images with their names to an open file or pipe.
  ///
  /// - Parameters:
  ///   - names: Names or ids. A name saves that name only, an id all names of the image.
  ///   - descriptor: The file or pipe.
  ///   - format: Which format.
  package func save(
    _ names: [String], to descriptor: Int32, format: ArchiveFormat = .docker
  ) throws(Diagnostic) {
    let lock = try beginAdding()
    defer { lock.release() }
    var images: [SavedImage] = []
    for name in names {
      let image = try resolve(name)
      let reference = (try? Reference(name)).flatMap { wanted in
        image.references.first { $0 == wanted }
      }
      let references = reference.map { [$0] } ?? image.references
      if let known = images.firstIndex(where: { $0.image.manifestDigest == image.manifestDigest }) {
        let new = references.filter { !images[known].references.contains($0) }
        images[known].references += new
      } else {
        images.append(try SavedImage(image, references: references, store: self))
      }
    }
    try TransportWriter(store: self, descriptor: descriptor).write(images, format: format)
  }
}

/// An image to be saved.
private struct SavedImage {
  var image: ImageRecord
  var references: [Reference]
  var manifest: Descriptor
  var configuration: Descriptor

  init(_ image: ImageRecord, references: [Reference], store: ImageStore) throws(Diagnostic) {
    self.image = image
    self.references = references
    let json = try store.readDocument(image.manifestDigest)
    let parsed = try Manifest(json: json, in: "the manifest \(image.manifestDigest)")
    configuration = parsed.configuration
    let size = try diagnosing("read the image store") { () throws(SyscallError) in
      try Files.status(store.blobPath(image.manifestDigest)).size
    }
    manifest = Descriptor(
      mediaType: parsed.mediaType, digest: image.manifestDigest, size: size,
      platform: image.configuration.platform)
  }
}

/// Writes a transport archive.
private struct TransportWriter {
  let store: ImageStore
  let descriptor: Int32

  func write(_ images: [SavedImage], format: ImageStore.ArchiveFormat) throws(Diagnostic) {
    let layout: JSON = ["imageLayoutVersion": "1.0.0"]
    try write("oci-layout", layout.utf8())
    for directory in ["blobs/", "blobs/sha256/"] { try writeHeader(directory, .directory, size: 0) }
    var written: Set<Digest> = []
    for image in images {
      for blob in [image.manifest, image.configuration] + image.image.layers.map(\.blob) {
        if written.insert(blob.digest).inserted { try write(blob) }
      }
    }
    try write("index.json", index(of: images).json.utf8())
    if format == .docker {
      try write("manifest.json", JSON.array(images.map(dockerEntry)).utf8())
    }
    try send(TarHeader.end)
  }

  private func index(of images: [SavedImage]) -> ImageIndex {
    ImageIndex(
      manifests: images.flatMap { image in
        image.references.isEmpty
          ? [image.manifest]
          : image.references.map { reference in
            var entry = image.manifest.named(reference, nil)
            entry.annotations["io.containerd.image.name"] = reference.description
            return entry
          }
      })
  }

  private func dockerEntry(_ image: SavedImage) -> JSON {
    let name = { (digest: Digest) in JSON.string(TransportArchive.blobName(digest)) }
    return [
      "Config": name(image.configuration.digest),
      "RepoTags": .strings(image.references.map(\.familiar)),
      "Layers": .array(image.image.layers.map { name($0.blob.digest) }),
    ]
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws(Diagnostic) {
    try writeHeader(name, .file, size: Int64(bytes.count))
    try send(bytes + TarHeader.padding(Int64(bytes.count)))
  }

  private func write(_ blob: Descriptor) throws(Diagnostic) {
    let path = store.blobPath(blob.digest)
    let file = try ImageSource.file(path).open()
    try writeHeader(TransportArchive.blobName(blob.digest), .file, size: blob.size)
    var left = blob.size
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while left > 0 {
      let wanted = Int(min(left, Int64(buffer.count)))
      let count = try diagnosing("read the image store") { () throws(SyscallError) in
        try Syscall.retry("read", path) { read(file.raw, &buffer, wanted) }
      }
      guard count > 0 else {
        throw Diagnostic(
          .error, "the blob \(blob.digest) in the image store is damaged",
          hint: "load or build the image again; the file is \(path)")
      }
      try send(Array(buffer[..<count]))
      left -= Int64(count)
      store.onRead?(Int64(count))
    }
    try send(TarHeader.padding(blob.size))
  }

  private func writeHeader(
    _ name: String, _ kind: TarHeader.Kind, size: Int64
  ) throws(Diagnostic) {
    // The same image always gives the same bytes.
    try send(
      TarHeader.blocks(
        name: name, kind: kind, size: size, mode: kind == .directory ? 0o755 : 0o644, modified: 0))
  }

  private func send(_ bytes: [UInt8]) throws(Diagnostic) {
    try diagnosing("write the archive") { () throws(SyscallError) in
      try Descriptors.writeAll(descriptor, bytes)
    }
  }
}
