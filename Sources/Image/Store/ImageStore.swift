import Glibc
import Linux
import Model
import State

/// The images of one root directory: an OCI image layout and the unpacked layers.
///
/// Everything on disk is complete or absent: blobs and layers are made under another name and
/// renamed, the index is replaced whole. Several processes may use a store at once.
///
/// Source: OCI image specification, image-layout.md.
package struct ImageStore: Sendable {
  /// Where the store lies.
  package let layout: Layout
  /// The path of the program `roost-archive`, which packs and unpacks layers.
  package let archiveProgram: String
  /// The most bytes a compressed layer may unpack to; nil takes that of
  /// `ROOST_LAYER_SIZE_LIMIT`, or one by the layer's own size.
  package var layerSizeLimit: Int64?
  /// Called now and again with how many bytes were read since the last call, while layers are packed
  /// and unpacked; from any thread.
  package var onRead: (@Sendable (Int64) -> Void)?

  /// Makes a store of what lies below `layout.root`. Nothing is touched yet.
  package init(layout: Layout, archiveProgram: String) {
    self.layout = layout
    self.archiveProgram = archiveProgram
  }

  var blobs: String { "\(layout.images)/blobs/sha256" }
  var indexPath: String { "\(layout.images)/index.json" }
  var helper: ArchiveHelper { ArchiveHelper(program: archiveProgram, onRead: onRead) }

  func blobPath(_ digest: Digest) -> String { "\(blobs)/\(digest.hex)" }

  /// The limit as the helper takes it: the one that was set, or that of the environment.
  func requestedLimit() throws(Diagnostic) -> Int64? {
    if let layerSizeLimit { return layerSizeLimit }
    guard let value = getenv("ROOST_LAYER_SIZE_LIMIT") else { return nil }
    let text = String(cString: value)
    guard let limit = Int64(text), limit > 0 else {
      throw Diagnostic(
        .error, "ROOST_LAYER_SIZE_LIMIT is not a number of bytes: '\(text)'",
        hint: "such as 21474836480 for 20 GiB")
    }
    return limit
  }

  /// Makes the directories and the file `oci-layout`.
  func prepare() throws(Diagnostic) {
    try diagnosing("set up the image store") { () throws(SyscallError) in
      if Files.exists("\(layout.images)/oci-layout"), Files.exists(layout.layers) { return }
      try Files.makeDirectories(blobs, mode: 0o700)
      try Files.makeDirectories(layout.layers, mode: 0o700)
      let marker: JSON = ["imageLayoutVersion": "1.0.0"]
      try Files.writeAtomically("\(layout.images)/oci-layout", marker.utf8())
    }
  }

  /// Starts to add blobs or layers: until the result is released, nothing is collected.
  func beginAdding() throws(Diagnostic) -> FileLock {
    try prepare()
    return try diagnosing("lock the image store") { () throws(SyscallError) in
      try FileLock.acquire("\(layout.images)/.content-lock", .shared)
    }
  }

  /// Makes a directory for half-made things, on the file system of the layers.
  func makeWorkDirectory() throws(Diagnostic) -> WorkDirectory {
    WorkDirectory.sweep(layout.layers)
    return try diagnosing("make a working directory") { () throws(SyscallError) in
      try WorkDirectory.create(in: layout.layers)
    }
  }
}
