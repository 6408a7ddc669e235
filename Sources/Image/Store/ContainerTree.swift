import Glibc
import Linux
import Model

/// The file system of a container: the layers of its image, and what it wrote above them.
package struct ContainerTree: Sendable {
  /// The directories of the image's layers, the top one first.
  package var lower: [String]
  /// The directory of what the container wrote, as overlayfs keeps it.
  package var upper: String
  /// Where things were mounted into it: empty files and directories there are only mount points.
  package var mountTargets: [String]

  /// Makes a tree.
  package init(lower: [String], upper: String, mountTargets: [String] = []) {
    self.lower = lower
    self.upper = upper
    self.mountTargets = mountTargets
  }

  /// The paths in `upper` that say nothing but that something was mounted there.
  func stubs() throws(SyscallError) -> [String] {
    try UpperStubs(upper: upper, lower: lower, targets: mountTargets).found()
  }
}

/// One thing that a container changed in its file system.
package struct TreeChange: Sendable, Hashable {
  /// What happened.
  package enum Kind: String, Sendable, Hashable {
    case added = "A"
    case changed = "C"
    case deleted = "D"
  }

  /// What happened.
  package var kind: Kind
  /// Where, from the root.
  package var path: String

  /// Makes a change.
  package init(_ kind: Kind, _ path: String) {
    self.kind = kind
    self.path = path
  }
}

extension ContainerTree {
  /// What the container changed, by path.
  ///
  /// A directory counts as changed when anything in it did, as with `docker diff`.
  package func changes() throws(Diagnostic) -> [TreeChange] {
    let comparison = try diagnosing(
      "look at the files of the container"
    ) { () throws(SyscallError) in
      let root = try RootedDirectory(opening: upper)
      var comparison = UpperComparison(upper: root, skipped: Set(try stubs()))
      _ = try comparison.compare("", below: lower)
      return comparison
    }
    return comparison.changes.sorted { $0.path < $1.path }
  }
}

/// Compares an upper directory with the layers below it. Links are never followed: what the
/// container wrote, and may be writing now, may lead anywhere.
private struct UpperComparison {
  let upper: RootedDirectory
  let skipped: Set<String>
  var changes: [TreeChange] = []

  init(upper: RootedDirectory, skipped: Set<String>) {
    self.upper = upper
    self.skipped = skipped
  }

  private static let opaque = "trusted.overlay.opaque"

  /// Compares a directory; `below` are the same directory in the layers that show through, the
  /// top one first. Returns true when anything in it changed.
  mutating func compare(_ path: String, below: [String]) throws(SyscallError) -> Bool {
    let count = changes.count
    let place = path.isEmpty ? "/" : path
    let directory = try upper.open(place, O_RDONLY | O_DIRECTORY, .withoutLinks)
    let isOpaque = Files.attribute(Self.opaque, ofOpen: directory.raw) == Array("y".utf8)
    var found: Set<String> = []
    for name in try Files.entries(directory, path: place).map(\.name).sorted() {
      let member = "\(path)/\(name)"
      found.insert(name)
      guard !skipped.contains(member),
        let status = try Self.status(name, at: directory.raw)
      else { continue }
      try compare(member, name, status, below: below)
    }
    if isOpaque { try addDeleted(path, below: below, except: found) }
    return changes.count > count
  }

  private mutating func compare(
    _ path: String, _ name: String, _ status: FileStatus, below: [String]
  ) throws(SyscallError) {
    let (kind, directories) = try Self.look(name, in: below)
    if Self.isWhiteout(status) {
      if kind != nil { changes.append(TreeChange(.deleted, path)) }
      return
    }
    guard status.kind == .directory else {
      changes.append(TreeChange(kind == nil ? .added : .changed, path))
      if kind == .directory { try addDeleted(path, below: directories, except: []) }
      return
    }
    let position = changes.count
    let hasChanges = try compareIfThere(path, below: directories)
    let isOther = try kind != .directory ? true : differs(status, directories)
    if kind == nil {
      changes.insert(TreeChange(.added, path), at: position)
    } else if hasChanges || isOther {
      changes.insert(TreeChange(.changed, path), at: position)
    }
  }

  // What the container took away or replaced since it was listed is not looked into.
  private mutating func compareIfThere(
    _ path: String, below: [String]
  ) throws(SyscallError) -> Bool {
    do throws(SyscallError) {
      return try compare(path, below: below)
    } catch {
      guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
      return true
    }
  }

  private func differs(
    _ status: FileStatus, _ below: [String]
  ) throws(SyscallError) -> Bool {
    guard let first = below.first, let old = try Self.status(first) else { return true }
    return (status.mode, status.user, status.group, status.modifiedNanoseconds)
      != (old.mode, old.user, old.group, old.modifiedNanoseconds)
  }

  /// What showed through before something opaque stood in its place.
  private mutating func addDeleted(
    _ path: String, below: [String], except names: Set<String>
  ) throws(SyscallError) {
    var seen = names
    for directory in below {
      for name in try Files.listIfPresent(directory) where seen.insert(name).inserted {
        guard try Self.look(name, in: below).kind != nil else { continue }
        changes.append(TreeChange(.deleted, "\(path)/\(name)"))
      }
    }
  }

  /// What a name is in the merged view of directories, and, if a directory itself, where it lies.
  private static func look(
    _ name: String, in directories: [String]
  ) throws(SyscallError) -> (kind: FileStatus.Kind?, directories: [String]) {
    var found: [String] = []
    for directory in directories {
      let place = "\(directory)/\(name)"
      guard let status = try status(place) else { continue }
      if status.kind == .directory {
        found.append(place)
        if isOpaque(place) { break }
        continue
      }
      if found.isEmpty { return (isWhiteout(status) ? nil : status.kind, []) }
      break
    }
    return (found.isEmpty ? nil : .directory, found)
  }

  /// What is at a path; nil when nothing is, or nothing any more.
  private static func status(
    _ path: String, at directory: Int32 = AT_FDCWD
  ) throws(SyscallError) -> FileStatus? {
    do throws(SyscallError) {
      return try Files.status(path, followLinks: false, at: directory)
    } catch {
      // A name that is not text is another one once it was decoded, and can be too long.
      guard [ENOENT, ENOTDIR, ENAMETOOLONG].contains(error.errno) else { throw error }
      return nil
    }
  }

  private static func isWhiteout(_ status: FileStatus) -> Bool {
    status.kind == .characterDevice && status.represents == 0
  }

  private static func isOpaque(_ path: String) -> Bool {
    Files.attribute(opaque, of: path) == Array("y".utf8)
  }
}
