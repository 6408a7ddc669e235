import Glibc
import Linux
import Model
import State

/// The build context, or another directory that a build was given.
final class ContextTree: SourceTree {
  /// The directory itself, held open: whoever swaps it meanwhile changes nothing.
  private let root: OwnedDescriptor
  /// How this process and its helper name it.
  private let directory: String
  let name: String
  let hasOwners = false
  let rules: IgnoreRules
  // As much as a Dockerfile may have.
  private static let largestRules = DockerfileText.maximumSize
  private let digests: FileDigests

  /// Opens a directory. `ignoreFiles` are tried in turn for the rules of what is left out;
  /// `cache` is where digests are kept, nil for a directory that nobody will read again.
  init(
    directory path: String, name: String, ignoreFiles: [String], cache: String?,
    _ shared: SharedDirectories, _ cancellation: BuildCancellation
  ) throws(Diagnostic) {
    do throws(SyscallError) {
      root = try shared.open(path, Files.pathOnly | O_DIRECTORY)
    } catch {
      throw Diagnostic(
        .error, "cannot read \(name), \(path): \(SharedDirectories.reason(error))",
        hint: error.hint)
    }
    directory = "/proc/\(getpid())/fd/\(root.raw)/."
    self.name = name
    digests = FileDigests(directory: path, cache: cache, cancellation)
    var rules = IgnoreRules()
    for file in ignoreFiles {
      guard
        let bytes = try ContextFile(file, context: path, shared).read(limit: Self.largestRules)
      else { continue }
      rules = try IgnoreRules(bytes, file: file)
      break
    }
    self.rules = rules
  }

  /// Writes down the digests that were taken, for the next build.
  func close() { digests.save() }

  func request(in work: WorkDirectory) throws(Diagnostic) -> ArchiveTree {
    .directory(directory)
  }

  // MARK: - Patterns

  func paths(matching pattern: String) throws(Diagnostic) -> [String] {
    let (start, isMatched) = SourcePattern.split(pattern)
    guard isMatched else {
      guard try resolve(pattern) != nil else { return [] }
      // A directory that is left out is there as far as an exception brings something back.
      guard rules.ignores(pattern) else { return [pattern] }
      return try entries(of: pattern).isEmpty ? [] : [pattern]
    }
    guard let glob = Glob(pattern) else {
      throw Diagnostic(.error, "invalid pattern '\(pattern)'", hint: "close the bracket")
    }
    // `**` reaches any depth; everything else only as deep as the pattern has slashes.
    let depth = pattern.contains("**") ? Int.max : pattern.parts("/").count
    var found: [String] = []
    try walk(start, depth: depth) { path, _ in
      if glob.matches(path) { found.append(path) }
    }
    return found.sorted()
  }

  private func walk(
    _ path: String, depth: Int, _ visit: (String, FileStatus.Kind) -> Void
  ) throws(Diagnostic) {
    guard let resolved = try resolve(path), Files.isDirectory(resolved) else { return }
    for name in try names(in: resolved) {
      let child = path == "." ? name : "\(path)/\(name)"
      let isIgnored = rules.ignores(child)
      guard !isIgnored || rules.mayHoldExceptions(child),
        let status = try? Files.status("\(resolved)/\(name)", followLinks: false)
      else { continue }
      if !isIgnored { visit(child, status.kind) }
      if status.kind == .directory, child.parts("/").count < depth {
        try walk(child, depth: depth, visit)
      }
    }
  }

  private func names(in path: String) throws(Diagnostic) -> [String] {
    do throws(SyscallError) { return try Files.list(path) } catch {
      // How we name the directory says nothing to anybody.
      let below = path.dropFirst(directory.utf8.count + 1)
      throw Diagnostic(
        error.about(below.isEmpty ? nil : String(below)),
        while: "read \(name)")
    }
  }

  // MARK: - Entries

  func entries(of path: String) throws(Diagnostic) -> [TreeEntry] {
    guard let resolved = try resolve(path) else { return [] }
    var result: [TreeEntry] = []
    if rules.ignores(path) {
      try addExceptions(in: path, at: resolved, to: &result)
    } else {
      try add(path, at: resolved, to: &result)
    }
    return result
  }

  private func add(
    _ path: String, at place: String, to result: inout [TreeEntry]
  ) throws(Diagnostic) {
    var information = stat()
    guard lstat(place, &information) == 0 else {
      throw Diagnostic(SyscallError("stat", path: path), while: "read \(name)")
    }
    let status = FileStatus(information)
    var entry = TreeEntry(path: path, kind: .file, mode: UInt32(status.mode))
    switch status.kind {
    case .regular:
      entry.content = try digests.digest(
        of: place, relative: path, status: information
      ).hex
      result.append(entry)
    case .symbolicLink:
      entry.kind = .link
      entry.content = try diagnosing("read \(name)") { () throws(SyscallError) in
        try Files.readLink(place)
      }
      result.append(entry)
    case .directory:
      entry.kind = .directory
      result.append(entry)
      try addChildren(of: path, at: place, to: &result)
    default: break
    }
  }

  private func addChildren(
    of path: String, at place: String, to result: inout [TreeEntry]
  ) throws(Diagnostic) {
    for name in try names(in: place) {
      let child = path == "." ? name : "\(path)/\(name)"
      guard rules.ignores(child) else {
        try add(child, at: "\(place)/\(name)", to: &result)
        continue
      }
      try addExceptions(in: child, at: "\(place)/\(name)", to: &result)
    }
  }

  /// An ignored directory comes along only with what an exception brings back.
  private func addExceptions(
    in path: String, at place: String, to result: inout [TreeEntry]
  ) throws(Diagnostic) {
    guard rules.mayHoldExceptions(path),
      let status = try? Files.status(place, followLinks: false), status.kind == .directory
    else { return }
    var inner: [TreeEntry] = []
    try addChildren(of: path, at: place, to: &inner)
    guard !inner.isEmpty else { return }
    result.append(TreeEntry(path: path, kind: .directory, mode: UInt32(status.mode)))
    result += inner
  }

  /// Where a path leads when links are followed with the context as the root; nil when nothing
  /// is there.
  private func resolve(_ path: String) throws(Diagnostic) -> String? {
    var rest = path.parts("/")[...]
    var done: [String] = []
    var links = 0
    while let part = rest.popFirst() {
      if part == "." { continue }
      if part == ".." {
        _ = done.popLast()
        continue
      }
      let place = ([directory] + done + [part]).joined(separator: "/")
      guard let status = try? Files.status(place, followLinks: false) else { return nil }
      guard status.kind == .symbolicLink, let target = try? Files.readLink(place) else {
        done.append(part)
        continue
      }
      links += 1
      guard links <= 40 else {
        throw Diagnostic(.error, "'\(path)' in \(name) has too many symbolic links")
      }
      if target.utf8.first == UInt8(ascii: "/") { done = [] }
      rest = target.parts("/") + rest
    }
    return ([directory] + done).joined(separator: "/")
  }
}
