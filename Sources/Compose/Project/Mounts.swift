import Model

/// Something mounted into a container.
package struct Mount: Sendable, Hashable {
  /// What is mounted.
  package enum Kind: Sendable, Hashable {
    case bind(BindMount)
    case volume(VolumeMount)
    case tmpfs(TmpfsOptions)
    case image(ImageMount)
    /// A kind that only other systems have: `npipe`, `cluster`.
    case foreign(type: String, source: String)
  }

  /// Where it is mounted; absolute and clean.
  package var target: String
  /// What is mounted.
  package var kind: Kind
  /// True when it cannot be written.
  package var readOnly: Bool

  /// Makes a mount.
  package init(target: String, kind: Kind, readOnly: Bool = false) {
    self.target = target
    self.kind = kind
    self.readOnly = readOnly
  }
}

/// A directory or file of the host.
package struct BindMount: Sendable, Hashable {
  /// How mounts made later pass between host and container (mount_namespaces(7)).
  package enum Propagation: String, Sendable, Hashable, CaseIterable {
    case `private`
    case rprivate
    case shared
    case rshared
    case slave
    case rslave
  }

  /// What happens to the mounts below the source.
  package enum Recursive: String, Sendable, Hashable, CaseIterable {
    /// They come along, read-only where the kernel can.
    case enabled
    /// They stay behind.
    case disabled
    /// They come along and stay writable.
    case writable
    /// They come along read-only, or the mount fails.
    case readonly
  }

  /// The path on the host; absolute.
  package var source: String
  /// How mounts made later are passed on.
  package var propagation: Propagation
  /// True when a missing source becomes an empty directory.
  package var createHostPath: Bool
  /// `z` or `Z` asks SELinux to relabel the source.
  package var selinux: String?
  /// What happens to the mounts below the source.
  package var recursive: Recursive

  /// Makes a bind mount.
  package init(
    source: String, propagation: Propagation = .rprivate, createHostPath: Bool = true,
    selinux: String? = nil, recursive: Recursive = .enabled
  ) {
    self.source = source
    self.propagation = propagation
    self.createHostPath = createHostPath
    self.selinux = selinux
    self.recursive = recursive
  }
}

/// A named volume, or a new anonymous one.
package struct VolumeMount: Sendable, Hashable {
  /// The key of the volume; nil makes an anonymous one.
  package var volume: String?
  /// True when a new volume is not filled with the image's files.
  package var noCopy: Bool
  /// A directory inside the volume instead of its root.
  package var subpath: String?
  /// Labels of an anonymous volume.
  package var labels: OrderedMap<String>

  /// Makes a volume mount.
  package init(
    volume: String?, noCopy: Bool = false, subpath: String? = nil, labels: OrderedMap<String> = [:]
  ) {
    self.volume = volume
    self.noCopy = noCopy
    self.subpath = subpath
    self.labels = labels
  }
}

/// A file system in memory, in the long form.
package struct TmpfsOptions: Sendable, Hashable {
  /// The size in bytes; nil means half of the memory.
  package var size: Int64?
  /// The permission bits of its root; nil means 01777.
  package var mode: UInt32?

  /// Makes options.
  package init(size: Int64? = nil, mode: UInt32? = nil) {
    self.size = size
    self.mode = mode
  }
}

/// A file system in memory, in the short form of `tmpfs`.
package struct TmpfsMount: Sendable, Hashable {
  /// Where it is mounted; absolute.
  package var target: String
  /// The options as written, such as `size=64m`, `mode=1777`, `noexec`.
  package var options: [String]

  /// Makes a mount.
  package init(target: String, options: [String] = []) {
    self.target = target
    self.options = options
  }
}

/// The files of an image, read-only.
package struct ImageMount: Sendable, Hashable {
  /// The image.
  package var image: String
  /// A directory inside the image instead of its root.
  package var subpath: String?

  /// Makes an image mount.
  package init(image: String, subpath: String? = nil) {
    self.image = image
    self.subpath = subpath
  }
}

/// A service's use of a secret or config.
package struct FileReference: Sendable, Hashable {
  /// The key of the secret or config.
  package var source: String
  /// The path in the container; absolute.
  package var target: String
  /// The owner's number; nil means 0.
  package var uid: UInt32?
  /// The group's number; nil means 0.
  package var gid: UInt32?
  /// The permission bits; nil means 0444.
  package var mode: UInt32?

  /// Makes a reference.
  package init(
    source: String, target: String, uid: UInt32? = nil, gid: UInt32? = nil, mode: UInt32? = nil
  ) {
    self.source = source
    self.target = target
    self.uid = uid
    self.gid = gid
    self.mode = mode
  }
}
