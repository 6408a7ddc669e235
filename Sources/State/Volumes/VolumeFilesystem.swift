import Model

/// The file system that a volume is, as its options say: `type`, `device` and `o`.
package struct VolumeFilesystem: Sendable, Hashable {
  /// The type, such as `tmpfs` or `nfs`.
  package var type: String
  /// What it is made of: a device, or `:/path` of a server; the type where there is no such thing.
  package var source: String
  /// Further options, such as `size=10m` or `addr=192.0.2.7`.
  package var options: [String]

  /// Describes a file system.
  package init(type: String, source: String, options: [String]) {
    self.type = type
    self.source = source
    self.options = options
  }

  /// The types that live in memory: each mounting makes another, so that containers have to share one.
  private static let inMemory: Set<String> = ["tmpfs", "ramfs"]

  /// True when it is made of nothing, and gone with its last mount.
  package var isInMemory: Bool { Self.inMemory.contains(type) }
}

/// A volume that is a file system of its own: made when the first container that has it starts, shared
/// by all that run, and let go of with the last. It is mounted nowhere but in the containers.
package struct FilesystemMount: Sendable, Hashable {
  /// The directory of the volume, closed to containers: what tells volumes apart.
  package var directory: String
  /// What is mounted.
  package var filesystem: VolumeFilesystem
  /// The path inside; made if missing.
  package var target: String
  /// Nothing can be written through it.
  package var readOnly: Bool
  /// What of it is mounted, looked up at every start; empty for all.
  package var subpath: String

  /// Makes a mount.
  package init(
    directory: String, filesystem: VolumeFilesystem, target: String, readOnly: Bool = false,
    subpath: String = ""
  ) {
    self.directory = directory
    self.filesystem = filesystem
    self.target = target
    self.readOnly = readOnly
    self.subpath = subpath
  }

  /// The file that tells which file system the running containers have. Written by a shim.
  package var note: String { "\(directory)/mounted" }
}

extension FilesystemMount {
  /// Reads a mount of a container's specification.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      directory: try reader.string("directory"),
      filesystem: VolumeFilesystem(
        type: try reader.string("filesystem"), source: try reader.string("source"),
        options: try reader.strings("options")),
      target: try reader.string("target"), readOnly: try reader.flag("readOnly"),
      subpath: try reader.string("subpath", ""))
  }

  /// Writes a mount of a container's specification.
  package func write(_ writer: inout RecordWriter) {
    writer.set("type", "filesystem")
    writer.set("directory", directory)
    writer.set("filesystem", filesystem.type)
    writer.set("source", filesystem.source)
    writer.set("options", filesystem.options)
    writer.set("target", target)
    writer.set("readOnly", readOnly)
    writer.set("subpath", nonEmpty: subpath)
  }
}
