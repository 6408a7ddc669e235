import Glibc
import Linux
import Model
import State

/// A tree that a request names: a directory, or layers.
struct TreeRequest {
  private let tree: ArchiveTree

  init(_ tree: ArchiveTree) { self.tree = tree }

  /// Opens the tree. Layers are mounted, which needs a mount namespace of our own.
  func open() throws(ArchiveError) -> TreeRoot {
    try ArchiveError.wrapping { () throws(SyscallError) in
      if case .directory(let path) = tree { return try TreeRoot(path) }
      return TreeRoot(try mount())
    }
  }

  /// The root directory of the merged view of layers, or the directory.
  func mount() throws(SyscallError) -> OwnedDescriptor {
    switch tree {
    case .directory(let path): return try Files.open(path, O_RDONLY | O_DIRECTORY)
    case .layers(let lower, let place, let upper, let work):
      return try OverlayMount.open(lower: lower, upper: upper, work: work, at: place)
    }
  }

  /// True when opening it mounts something.
  var mounts: Bool {
    guard case .layers(let lower, _, let upper, _) = tree else { return false }
    return lower.count + (upper == nil ? 0 : 1) > 1
  }
}

/// Reads the user database of a tree.
struct TreeUsers {
  let root: TreeRoot

  /// The ids of `user[:group]`, each a name or a number. A number without a group stands for
  /// both, a name brings its own group.
  func resolve(_ text: String) throws(ArchiveError) -> (user: uid_t, group: gid_t) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var (user, group) = try self.user(String(parts[0]))
    if parts.count == 2, !parts[1].isEmpty { group = try self.group(String(parts[1])) }
    return (user, group)
  }

  private func user(_ text: String) throws(ArchiveError) -> (user: uid_t, group: gid_t) {
    if text.isEmpty { return (0, 0) }
    switch IDNumber(text) {
    case .number(let number): return (number, number)
    case .outOfRange: throw Self.outOfRange(text)
    case .name:
      let users = PasswordEntry.parse(content(of: "etc/passwd"))
      guard let entry = users.first(where: { $0.name == text }) else {
        throw .unusable(
          "there is no user '\(text)' in /etc/passwd",
          hint: "the image must have it before: add it with RUN, or give a number")
      }
      return (entry.user, entry.group)
    }
  }

  private func group(_ text: String) throws(ArchiveError) -> gid_t {
    switch IDNumber(text) {
    case .number(let number): return number
    case .outOfRange: throw Self.outOfRange(text)
    case .name:
      let groups = GroupEntry.parse(content(of: "etc/group"))
      guard let entry = groups.first(where: { $0.name == text }) else {
        throw .unusable(
          "there is no group '\(text)' in /etc/group",
          hint: "the image must have it before: add it with RUN, or give a number")
      }
      return entry.number
    }
  }

  private static func outOfRange(_ text: String) -> ArchiveError {
    .unusable(
      "the user or group \(text) does not exist",
      hint: "numbers of users and groups go from 0 to \(IDNumber.largest)")
  }

  /// The text of a regular file; empty when there is none. A device is not even opened.
  private func content(of path: String) -> String {
    let path = MemberPath(clean: path.utf8)
    guard let place = try? root.open(path, pathOnly),
      (try? Files.status(descriptor: place.raw))?.kind == .regular,
      let file = try? Files.open("/proc/self/fd/\(place.raw)", O_RDONLY),
      let bytes = try? Descriptors.readAll(file.raw, limit: 4 << 20)
    else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A change of permission bits: an octal number or symbolic clauses such as `u=rwX,go=rX`.
///
/// Source: chmod(1).
struct ModeChange {
  private enum Form {
    case absolute(mode_t)
    case clauses([Clause])
  }

  private struct Clause {
    var who: mode_t
    var operation: Character
    var permissions: String
  }

  private let form: Form

  /// Reads a change; nil when it is none.
  init?(_ text: String) {
    if let number = mode_t(text, radix: 8) {
      guard number <= 0o7777 else { return nil }
      form = .absolute(number)
      return
    }
    var clauses: [Clause] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let clause = Self.clause(part) else { return nil }
      clauses.append(clause)
    }
    form = .clauses(clauses)
  }

  private static func clause(_ text: Substring) -> Clause? {
    let who = text.prefix { "ugoa".contains($0) }
    let rest = text.dropFirst(who.count)
    guard let operation = rest.first, "+-=".contains(operation) else { return nil }
    let permissions = String(rest.dropFirst())
    guard permissions.allSatisfy({ "rwxXst".contains($0) }) else { return nil }
    var mask: mode_t = 0
    if who.contains("u") { mask |= 0o4700 }
    if who.contains("g") { mask |= 0o2070 }
    if who.contains("o") { mask |= 0o1007 }
    if who.isEmpty || who.contains("a") { mask = 0o7777 }
    return Clause(who: mask, operation: operation, permissions: permissions)
  }

  /// The permissions of directories that are made on the way; nil when the change says nothing of
  /// them: letters change what is there, and there is nothing.
  ///
  /// Source: BuildKit, fsutil `copy.MkdirAll`.
  var ofMadeDirectories: mode_t? {
    guard case .absolute(let number) = form else { return nil }
    return number & 0o777
  }

  /// The permission bits after the change.
  func apply(to mode: mode_t, isDirectory: Bool) -> mode_t {
    guard case .clauses(let clauses) = form else {
      if case .absolute(let number) = form { return number }
      return mode
    }
    return clauses.reduce(mode) { mode, clause in
      var bits: mode_t = 0
      for letter in clause.permissions {
        switch letter {
        case "r": bits |= 0o444
        case "w": bits |= 0o222
        case "x": bits |= 0o111
        case "X": if isDirectory || mode & 0o111 != 0 { bits |= 0o111 }
        case "s": bits |= 0o6000
        default: bits |= 0o1000
        }
      }
      bits &= clause.who
      switch clause.operation {
      case "+": return mode | bits
      case "-": return mode & ~bits
      default: return (mode & ~clause.who) | bits
      }
    }
  }
}
