import Linux
import Model
import State

/// The file system of a stage or an image as a source of COPY.
final class LayerTree: SourceTree {
  let name: String
  let hasOwners = true
  private let chainID: Digest?
  private let lowerDirectories: [String]
  private let store: ImageStore
  private let work: WorkDirectory

  init(
    name: String, chainID: Digest?, lowerDirectories: [String], store: ImageStore,
    work: WorkDirectory
  ) {
    self.name = name
    self.chainID = chainID
    self.lowerDirectories = lowerDirectories
    self.store = store
    self.work = work
  }

  func request(in work: WorkDirectory) throws(Diagnostic) -> ArchiveTree {
    let mount = "\(work.path)/mount-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    try diagnosing("make a directory to mount on") { () throws(SyscallError) in
      try Files.makeDirectories(mount, mode: 0o700)
    }
    return .layers(lowerDirectories, mount: mount)
  }

  /// A path of this tree as something to mount.
  func mountSource(_ path: String) -> BuildMount.Source {
    .layers(lowerDirectories, path: path == "." ? "/" : "/\(path)")
  }

  func paths(matching pattern: String) throws(Diagnostic) -> [String] {
    let (start, isMatched) = SourcePattern.split(pattern)
    guard isMatched else { return try list(pattern, digests: true).isEmpty ? [] : [pattern] }
    guard let glob = Glob(pattern) else {
      throw Diagnostic(.error, "invalid pattern '\(pattern)'", hint: "close the bracket")
    }
    return try list(start, digests: false).map(\.path).filter(glob.matches).sorted()
  }

  func entries(of path: String) throws(Diagnostic) -> [TreeEntry] {
    try list(path, digests: true)
  }

  /// Layers never change: what they hold is asked for once.
  private func list(_ path: String, digests: Bool) throws(Diagnostic) -> [TreeEntry] {
    let key = Digest.sha256(of: "\(chainID?.hex ?? "empty")\n\(path)\n\(digests)")
    let known = "\(store.layout.cache)/build/trees/\(key.hex)"
    // What another version wrote is asked for again.
    if let bytes = try? Files.readIfPresent(known), let json = try? JSON.parse(bytes),
      case .listed(let entries)? = try? ArchiveAnswer(json: json)
    {
      return Self.entries(entries)
    }
    let answer = try store.helper.run(
      .list(try request(in: work), paths: [path], digests: digests), in: work)
    guard case .listed(let entries) = answer else { throw answer.unexpected }
    try? Files.makeDirectories(Paths.parent(known), mode: 0o700)
    try? Files.writeAtomically(known, answer.json.utf8(), mode: 0o600)
    return Self.entries(entries)
  }

  private static func entries(_ found: [ArchiveEntry]) -> [TreeEntry] {
    found.map { entry in
      TreeEntry(
        path: entry.path.isEmpty ? "." : entry.path, kind: entry.kind, mode: entry.mode,
        owner: "\(entry.user):\(entry.group)", content: entry.digest)
    }
  }
}
