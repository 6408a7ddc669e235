import Glibc
import Linux
import Model
import State

/// What `container commit` makes of a container.
package struct CommitRequest: Sendable {
  /// The container's file system.
  package var tree: ContainerTree
  /// The image that the container was made of.
  package var base: ImageRecord
  /// The configuration of the new image, its history and layers still those of the base.
  package var configuration: ImageConfiguration
  /// What the container runs, for the history.
  package var command: String
  /// The new image's name; nil for none.
  package var reference: Reference?
  /// Dockerfile instructions that change the configuration.
  package var changes: [String] = []
  /// Who made it.
  package var author = ""
  /// The remark in the history.
  package var message = ""

  /// Makes a request.
  package init(
    tree: ContainerTree, base: ImageRecord, configuration: ImageConfiguration, command: String
  ) {
    self.tree = tree
    self.base = base
    self.configuration = configuration
    self.command = command
  }
}

extension ImageStore {
  /// Makes an image of a container: its image with one layer on top, and a row in the history.
  ///
  /// Nothing may write to the container's files meanwhile.
  package func commit(_ request: CommitRequest) throws(Diagnostic) -> ImageRecord {
    var editor = ConfigurationEditor(configuration: request.configuration)
    for change in request.changes { try editor.apply(change: change) }
    var configuration = editor.configuration

    let lock = try beginAdding()
    defer { lock.release() }
    let layer = try addLayer(of: request.tree, above: request.base)
    let now = Clock.now()
    configuration.created = now
    if !request.author.isEmpty { configuration.author = request.author }
    configuration.diffIDs = request.base.configuration.diffIDs + [layer].compactMap { $0?.diffID }
    configuration.history = request.base.configuration.history
    configuration.history.append(
      HistoryEntry(
        created: now, createdBy: request.command, comment: request.message,
        author: request.author, isEmptyLayer: layer == nil))
    return try addImage(
      configuration, layers: request.base.layers.map(\.blob) + [layer].compactMap { $0?.blob },
      references: request.reference.map { [$0] } ?? [])
  }

  /// Packs what the container wrote, and unpacks it again as a layer of its own: the container
  /// goes on to write to what it has. Nil when it wrote nothing.
  private func addLayer(
    of tree: ContainerTree, above base: ImageRecord
  ) throws(Diagnostic) -> LayerRecord? {
    let work = try makeWorkDirectory()
    let tar = "\(work.path)/layer.tar"
    var packing = ArchiveRequest.Packing(.directory(tree.upper), to: .path(tar))
    let stubs = try diagnosing("look at the files of the container") { () throws(SyscallError) in
      try tree.stubs()
    }
    packing.without = stubs.map { String($0.dropFirst()) }
    let answer = try helper.run(.pack(packing), in: work, doing: "pack what the container wrote")
    guard let packed = try PackedLayer(answer) else { return nil }
    let blob = Descriptor(
      mediaType: MediaType.layer, digest: packed.digest, size: packed.size)
    let chainID = LayerRecord.chainID(packed.digest, above: base.layers.last?.chainID)
    let source = LayerSource(
      chainID: chainID, diffID: packed.digest, path: tar, length: packed.size, blob: blob)
    try unpack([source])
    return LayerRecord(chainID: chainID, diffID: packed.digest, blob: blob)
  }

  /// Writes the whole file system of a container as a tar to an open file.
  package func export(_ tree: ContainerTree, to target: Int32) throws(Diagnostic) {
    let work = try makeWorkDirectory()
    let place = "\(work.path)/mount"
    try diagnosing("make a directory to mount on") { () throws(SyscallError) in
      try Files.makeDirectories(place, mode: 0o700)
    }
    // A number above those that the helper is given anyway.
    let output = try diagnosing("write the file system") { () throws(SyscallError) in
      OwnedDescriptor(
        try Syscall.check(fcntl(target, F_DUPFD_CLOEXEC, 10), "fcntl", "\(target)"))
    }
    let packing = ArchiveRequest.Packing(
      .layers([tree.upper] + tree.lower, mount: place), to: .descriptor(4))
    _ = try helper.run(
      .pack(packing), in: work, descriptors: [(output.raw, 4)], doing: "write the container's files"
    )
  }
}
