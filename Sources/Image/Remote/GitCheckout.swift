import Glibc
import Linux
import Model

/// Brings one commit of a repository to this machine.
struct GitCheckout {
  let location: GitLocation
  let git: GitProgram
  let work: WorkDirectory

  /// A commit, and the name under which it can be asked for.
  struct Commit: Hashable {
    var id: String
    var name: String
  }

  /// Finds the commit that the address means today, without fetching it.
  func resolve() throws(Diagnostic) -> Commit {
    let commit: Commit
    if let id = location.commit { commit = Commit(id: id, name: id) } else { commit = try ask() }
    if let checksum = location.checksum, !commit.id.hasPrefix(checksum.lowercased()) {
      throw Diagnostic(
        .error, "\(location.shownRemote) is at the commit \(commit.id), not at \(checksum)",
        hint: "name the commit after '#', or correct the checksum")
    }
    return commit
  }

  private func ask() throws(Diagnostic) -> Commit {
    let wanted = location.reference ?? "HEAD"
    let answer = try git.run(
      ["ls-remote", "-q", "--", location.remote, wanted, "\(wanted)^{}"], in: work.path,
      doing: "read the repository \(location.shownRemote)")
    var found: [String: String] = [:]
    for line in answer.parts("\n") {
      let fields = line.parts("\t")
      if fields.count == 2, GitLocation.isHexadecimal(fields[0]) { found[fields[1]] = fields[0] }
    }
    // As BuildKit: a branch before a tag of the same name, and the commit that a tag names.
    for name in [wanted, "refs/heads/\(wanted)", "refs/tags/\(wanted)", "refs/\(wanted)"] {
      if let id = found["\(name)^{}"] ?? found[name] { return Commit(id: id, name: name) }
    }
    throw Diagnostic(
      .error, "\(location.shownRemote) has no branch or tag '\(wanted)'",
      hint: "a commit must be named with all its digits")
  }

  /// Fetches a commit and writes its files; returns the directory that the address names.
  func bring(_ commit: Commit, keepsGitDirectory: Bool) throws(Diagnostic) -> String {
    let root = "\(work.path)/tree-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(root, mode: 0o755)
    }
    let action = "read the repository \(location.shownRemote)"
    let format = commit.id.utf8.count == 64 ? ["--object-format=sha256"] : []
    try git.run(["init", "-q", "--template="] + format + ["."], in: root, doing: action)
    try fetch(commit, in: root, doing: action)
    try git.run(["checkout", "-q", "--detach", commit.id], in: root, doing: action)
    if location.hasSubmodules, Files.exists("\(root)/.gitmodules") {
      try fetchSubmodules(in: root)
    }
    try diagnosing("tidy the repository's files") { () throws(SyscallError) in
      try tidy(root, keepsGitDirectory: keepsGitDirectory)
    }
    return try directory(in: root)
  }

  /// Fetches the one commit where the server can do that, and all commits where it cannot.
  private func fetch(
    _ commit: Commit, in root: String, doing action: String
  ) throws(Diagnostic) {
    try git.run(
      ["remote", "add", "origin", location.shownRemote], in: root, doing: action)
    let whole = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    let attempts = [
      ["--depth=1", "--no-tags", "--", location.remote, commit.name],
      ["--no-tags", "--", location.remote, commit.name],
      ["--", location.remote] + whole,
    ]
    var last: GitProgram.Outcome?
    for arguments in attempts {
      let options = ["fetch", "-q", "--no-recurse-submodules"]
      let outcome = try git.attempt(options + arguments, in: root)
      if outcome.isSuccess, try has(commit, in: root) { return }
      last = outcome.isSuccess ? last : outcome
    }
    guard let last else {
      throw Diagnostic(.error, "\(location.shownRemote) has no commit \(commit.id)")
    }
    throw git.failure(last, doing: action)
  }

  private func has(_ commit: Commit, in root: String) throws(Diagnostic) -> Bool {
    try git.attempt(["cat-file", "-e", "\(commit.id)^{commit}"], in: root).isSuccess
  }

  private func fetchSubmodules(in root: String) throws(Diagnostic) {
    let update = ["submodule", "-q", "update", "--init", "--recursive"]
    if try git.attempt(update + ["--depth=1"], in: root).isSuccess { return }
    try git.run(
      update, in: root, doing: "read the submodules of \(location.shownRemote)")
  }

  /// Gives files the modes that git knows, whatever the umask is, and takes `.git` away.
  private func tidy(_ root: String, keepsGitDirectory: Bool) throws(SyscallError) {
    for path in try FileTree.paths(below: root) {
      let place = "\(root)/\(path)"
      if Paths.name(path) == ".git", !keepsGitDirectory {
        try Files.removeTree(place)
        continue
      }
      guard let status = try? Files.status(place, followLinks: false) else { continue }
      switch status.kind {
      case .directory: try Files.setMode(place, 0o755)
      case .regular: try Files.setMode(place, status.mode & 0o100 == 0 ? 0o644 : 0o755)
      default: continue
      }
    }
  }

  /// The directory of the address. A link in the repository must not lead out of it.
  private func directory(in root: String) throws(Diagnostic) -> String {
    guard location.directory != "." else { return root }
    let place = "\(root)/\(location.directory)"
    guard let real = try? Files.realPath(place), let base = try? Files.realPath(root),
      real == base || real.hasPrefix("\(base)/"), Files.isDirectory(real)
    else {
      throw Diagnostic(
        .error, "\(location.shownRemote) has no directory '\(location.directory)'",
        hint: "directories count from the top of the repository")
    }
    return real
  }
}

/// Lists directories that nobody else changes.
enum FileTree {
  /// Every path below a directory, each directory before what it holds, sorted by name.
  static func paths(below root: String) throws(SyscallError) -> [String] {
    var result: [String] = []
    try add("", of: root, to: &result)
    return result
  }

  private static func add(
    _ prefix: String, of root: String, to result: inout [String]
  ) throws(SyscallError) {
    for name in try Files.list("\(root)/\(prefix)").sorted() {
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      result.append(path)
      let status = try Files.status("\(root)/\(path)", followLinks: false)
      if status.kind == .directory { try add(path, of: root, to: &result) }
    }
  }
}
