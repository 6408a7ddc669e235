import Model

/// Something mounted into a container.
package enum ContainerMount: Sendable, Hashable {
  /// A file or directory of the machine.
  case bind(BindMount)
  /// A file system in memory.
  case tmpfs(TmpfsMount)
  /// A copy in memory of a file of the machine: a secret or a config.
  case file(FileMount)
  /// Layers of an image, read-only.
  case image(ImageMount)
  /// A volume that is a file system of its own.
  case filesystem(FilesystemMount)

  /// The path inside the container.
  package var target: String {
    switch self {
    case .bind(let mount): mount.target
    case .tmpfs(let mount): mount.target
    case .file(let mount): mount.target
    case .image(let mount): mount.target
    case .filesystem(let mount): mount.target
    }
  }
}

/// How mounts made later on one side show on the other. Source: mount_namespaces(7).
package enum MountPropagation: String, Sendable, Hashable {
  case privateMount = "private"
  case rprivate
  case shared
  case rshared
  case slave
  case rslave
}

/// A file or directory of the machine in a container: a bind mount or a named volume.
package struct BindMount: Sendable, Hashable {
  /// The path on the machine; it must exist.
  package var source: String
  /// What of the source is mounted, looked up at every start within the source; empty for all.
  package var subpath: String
  /// The path inside; made if missing.
  package var target: String
  /// Nothing can be written through it, nor through mounts below it.
  package var readOnly: Bool
  /// Mounts below the source come along.
  package var recursive: Bool
  /// How later mounts propagate.
  package var propagation: MountPropagation
  /// An empty source is filled with what the image has at the target, owner and mode included.
  package var copyUp: Bool
  /// The directory, closed to containers, where a filling is noted and locked; empty for the one
  /// above the source.
  package var noteDirectory: String

  /// Makes a bind mount.
  package init(
    source: String, target: String, readOnly: Bool = false, recursive: Bool = true,
    propagation: MountPropagation = .rprivate, copyUp: Bool = false, subpath: String = "",
    noteDirectory: String = ""
  ) {
    self.source = source
    self.target = target
    self.readOnly = readOnly
    self.recursive = recursive
    self.propagation = propagation
    self.copyUp = copyUp
    self.subpath = subpath
    self.noteDirectory = noteDirectory
  }
}

/// A file system in memory.
package struct TmpfsMount: Sendable, Hashable {
  /// The path inside; made if missing.
  package var target: String
  /// The size in bytes; nil for half of the machine's memory.
  package var size: Int64?
  /// The permission bits of its top; nil for those of the directory that it covers, or 1777.
  package var mode: UInt32?
  /// The owner of its top.
  package var user: UInt32?
  /// The group of its top.
  package var group: UInt32?
  /// Further options such as `ro`, `exec` or `nr_inodes=100`.
  package var options: [String]

  /// Makes a mount.
  package init(
    target: String, size: Int64? = nil, mode: UInt32? = nil, user: UInt32? = nil,
    group: UInt32? = nil, options: [String] = []
  ) {
    self.target = target
    self.size = size
    self.mode = mode
    self.user = user
    self.group = group
    self.options = options
  }
}

/// A read-only copy, in memory, of a file of the machine.
package struct FileMount: Sendable, Hashable {
  /// The largest file that is copied, in bytes.
  package static let largestContent = 64 << 20

  /// The file on the machine, or the directory that it is looked up in.
  package var source: String
  /// Where in the source a regular file is looked up at every start; empty when the source is the
  /// file itself.
  package var subpath: String
  /// The path inside.
  package var target: String
  /// The owner inside.
  package var user: UInt32
  /// The group inside.
  package var group: UInt32
  /// The permission bits inside.
  package var mode: UInt32

  /// Makes a mount.
  package init(
    source: String, target: String, user: UInt32 = 0, group: UInt32 = 0, mode: UInt32 = 0o444,
    subpath: String = ""
  ) {
    self.source = source
    self.subpath = subpath
    self.target = target
    self.user = user
    self.group = group
    self.mode = mode
  }
}

/// The files of another image, read-only.
package struct ImageMount: Sendable, Hashable {
  /// The directories of the image's layers, the top one first.
  package var lowerDirectories: [String]
  /// The path inside.
  package var target: String
  /// The directory of the image that is mounted; empty for all of it.
  package var subpath: String

  /// Makes a mount.
  package init(lowerDirectories: [String], target: String, subpath: String = "") {
    self.lowerDirectories = lowerDirectories
    self.target = target
    self.subpath = subpath
  }
}
