import CLinux
import Glibc
import Linux
import State

/// The root that a copy's path is looked up in, and the place that the path names.
///
/// Everything is found by descriptor, from the root on, and by the kernel: a container that swaps
/// its directories for links meanwhile changes what is found in it, not where it lies.
struct CopyRoot {
  let place: CopyPlace
  let directory: RootedDirectory

  /// Opens the root, and enters its user namespace: from there on this process has no more rights
  /// than the container's root.
  init(_ place: CopyPlace) throws(ArchiveError) {
    self.place = place
    directory = try ArchiveError.wrapping { () throws(SyscallError) in
      if let number = place.userNamespace {
        let namespace = OwnedDescriptor(number)
        try Fork.join(namespace.raw, .user)
        let kernel = LiveKernel()
        try kernel.setGroups([])
        try kernel.setGroup(0)
        try kernel.setUser(0)
        // The kernel forgets it when a process changes its user.
        try Privileges.setParentDeathSignal(SIGKILL)
      }
      if let number = place.root { return RootedDirectory(OwnedDescriptor(number)) }
      return try RootedDirectory(opening: "/")
    }
  }

  /// True for the files of the machine itself.
  var isMachine: Bool { place.root == nil }

  /// A path for messages.
  func text(_ path: String) -> String { place.label + path }

  /// The name at the end of a path, and the path of the directory above it.
  static func split(_ path: String) -> (parent: String, name: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return (Files.parent(of: path), name)
  }

  /// Opens what a path names, as a place; a link at its end is not followed.
  func open(_ path: String) throws(SyscallError) -> OwnedDescriptor {
    try directory.open(path, Files.pathOnly | O_NOFOLLOW)
  }

  /// What a symbolic link that is opened as a place leads to, as a path from the root.
  func target(of link: OwnedDescriptor, at path: String) throws(SyscallError) -> String {
    let text = String(
      decoding: try TreeListing.link([], in: link.raw, path: path), as: UTF8.self)
    return text.hasPrefix("/") ? text : "\(Self.split(path).parent)/\(text)"
  }
}
