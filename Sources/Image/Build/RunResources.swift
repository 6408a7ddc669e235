import Glibc
import Linux
import Model
import State

/// What the mounts of one RUN need on disk while it runs.
final class RunResources {
  private(set) var mounts: [BuildMount] = []
  /// Secrets that are given as variables.
  private(set) var variables: [ImageConfiguration.Variable] = []
  /// The command, when a here-document with `#!` is the program.
  private(set) var scriptArguments: [String]?
  private var locks: [FileLock] = []
  private var temporary: [String] = []
  private let runner: StageRunner

  init(runner: StageRunner, mounts: [RunMount], script: Heredoc?) throws(Diagnostic) {
    self.runner = runner
    for mount in mounts { try add(mount) }
    if let script, script.content.hasPrefix("#!") {
      let path = try write(Array(script.content.utf8), mode: 0o755)
      let target = "/dev/pipes/\(script.name)"
      // Copies of files lie where nothing can be executed; this one must be.
      self.mounts.append(BuildMount(source: .directory(path), target: target, isReadOnly: true))
      scriptArguments = [target]
    }
  }

  /// Gives locks back and removes what was made for this command.
  func release() {
    for lock in locks { lock.release() }
    for path in temporary { try? Files.removeTree(path) }
  }

  deinit { release() }

  private func add(_ mount: RunMount) throws(Diagnostic) {
    switch mount.kind {
    case .bind: try addBind(mount)
    case .cache: try addCache(mount)
    case .temporary:
      add(mount, .memory(size: mount.size), isReadOnly: false)
    case .secret: try addSecret(mount)
    case .ssh: try addAgent(mount)
    }
  }

  private func add(_ mount: RunMount, _ source: BuildMount.Source, isReadOnly: Bool) {
    mounts.append(
      BuildMount(
        source: source, target: mount.target, isReadOnly: mount.isReadOnly ?? isReadOnly))
  }

  // A command sees a copy of the context: it cannot write to it, and what is ignored is not there.
  // Layers are mounted as they are, unless the command may write.
  private func addBind(_ mount: RunMount) throws(Diagnostic) {
    if mount.isReadOnly != false, let layers = try runner.tree(of: mount) as? LayerTree {
      return add(mount, layers.mountSource(Paths.clean(mount.source)), isReadOnly: true)
    }
    let copy = try makeTemporary()
    try copySource(of: mount, to: "content", in: copy)
    add(mount, .directory("\(copy)/content"), isReadOnly: true)
  }

  /// Copies what a mount names into a directory.
  private func copySource(
    of mount: RunMount, to name: String, in directory: String
  ) throws(Diagnostic) {
    let path = Paths.clean(mount.source)
    let tree = try runner.tree(of: mount)
    let entries = try tree.entries(of: path)
    guard let root = entries.first else {
      throw Diagnostic(
        .error, "'\(mount.source)' is not in \(tree.name)", at: mount.location)
    }
    let isDirectory = root.kind == .directory
    let prefix = path == "." ? 0 : path.utf8.count + 1
    let names = entries.dropFirst().map {
      String(decoding: Array($0.path.utf8)[prefix...], as: UTF8.self)
    }
    let build = runner.build
    var copy = ArchiveCopy(into: .directory(directory))
    copy.source = try tree.request(in: build.work)
    var item = ArchiveCopy.Item(
      isDirectory ? .tree(from: path, entries: names) : .file(from: path), to: "/\(name)")
    item.keepsRoot = true
    copy.items = [item]
    copy.keepsOwners = tree.hasOwners
    _ = try build.store.helper.run(.copy(copy), in: build.work)
  }

  private func addCache(_ mount: RunMount) throws(Diagnostic) {
    let build = runner.build
    if mount.sharing == .isolated {
      return add(mount, .directory(try makeTemporary()), isReadOnly: false)
    }
    let directory =
      "\(build.store.layout.cache)/build/mounts/\(Digest.sha256(of: mount.id).hex)"
    let isNew = !Files.exists("\(directory)/data")
    try diagnosing("make the cache directory '\(mount.id)'") { () throws(SyscallError) in
      guard isNew else { return }
      try Files.makeDirectories("\(directory)/data", mode: 0o700)
      try Files.setMode("\(directory)/data", mount.mode ?? 0o755)
      if geteuid() == 0 {
        try Files.setOwner("\(directory)/data", user: mount.user, group: mount.group)
      }
    }
    if isNew, !mount.from.isEmpty { try copySource(of: mount, to: "data", in: directory) }
    if mount.sharing == .locked { locks.append(try lock("\(directory)/lock", of: mount)) }
    add(mount, .directory("\(directory)/data"), isReadOnly: false)
  }

  /// Waits for as long as another command of a build uses a cache directory, which may be long, and
  /// says so; the user may cancel the build.
  private func lock(_ path: String, of mount: RunMount) throws(Diagnostic) -> FileLock {
    let action = "lock the cache directory '\(mount.id)'"
    let free = try diagnosing(action) { () throws(SyscallError) in try FileLock.tryAcquire(path) }
    if let free { return free }
    let user = FileLock.owner(path).map { "process \($0)" } ?? "another build"
    runner.build.builder.progress.report(
      .warning(
        Diagnostic(
          .warning,
          "the cache directory '\(mount.id)' is used by \(user); waiting until it is free",
          at: mount.location)))
    while true {
      try runner.build.checkCancelled()
      do throws(SyscallError) {
        return try FileLock.acquire(path, patienceMilliseconds: 200)
      } catch {
        guard error.errno == ETIMEDOUT else { throw Diagnostic(error, while: action) }
      }
    }
  }

  private func addSecret(_ mount: RunMount) throws(Diagnostic) {
    guard let secret = runner.build.request.secrets[mount.id] else {
      guard mount.isRequired else { return }
      throw Diagnostic(
        .error, "the secret '\(mount.id)' was not given", at: mount.location,
        hint: "give it with --secret id=\(mount.id),src=FILE or under 'secrets:' of the build")
    }
    let bytes = try content(of: secret, mount)
    if !mount.variable.isEmpty {
      variables.append(.init(mount.variable, String(decoding: bytes, as: UTF8.self)))
    }
    guard !mount.target.isEmpty else { return }
    add(
      mount,
      .file(
        try write(bytes), user: mount.user, group: mount.group, mode: mount.mode ?? 0o400),
      isReadOnly: true)
  }

  // As in Docker.
  private static let largestSecret = 500 << 10

  private func content(
    of secret: BuildRequest.Secret, _ mount: RunMount
  ) throws(Diagnostic) -> [UInt8] {
    do throws(SyscallError) {
      switch secret {
      case .value(let text):
        guard text.utf8.count <= Self.largestSecret else {
          throw SyscallError("read", path: "its value", errno: EFBIG)
        }
        return Array(text.utf8)
      case .file(let path):
        return try runner.build.request.shared.read(path, limit: Self.largestSecret)
      }
    } catch {
      let isOtherKind = error.errno == EINVAL || error.errno == ENXIO
      let reason =
        error.errno == EFBIG
        ? "it is larger than \(Self.largestSecret >> 10) KiB" : SharedDirectories.reason(error)
      throw Diagnostic(
        .error, "cannot read the secret '\(mount.id)' (\(error.path ?? "")): \(reason)",
        at: mount.location, hint: isOtherKind ? "a secret is a regular file" : error.hint)
    }
  }

  private func addAgent(_ mount: RunMount) throws(Diagnostic) {
    guard let socket = runner.build.request.ssh[mount.id] else {
      guard mount.isRequired else { return }
      throw Diagnostic(
        .error, "the SSH agent '\(mount.id)' was not given", at: mount.location,
        hint: "give it with --ssh \(mount.id)=SOCKET")
    }
    variables.append(.init("SSH_AUTH_SOCK", mount.target))
    add(
      mount, .socket(socket, user: mount.user, group: mount.group, mode: mount.mode ?? 0o600),
      isReadOnly: false)
  }

  private func makeTemporary() throws(Diagnostic) -> String {
    let name = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    let path = "\(runner.build.work.path)/run-\(name)"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(path)
    }
    temporary.append(path)
    return path
  }

  private func write(_ bytes: [UInt8], mode: mode_t = 0o600) throws(Diagnostic) -> String {
    let path = "\(try makeTemporary())/file"
    try diagnosing("write a file for RUN") { () throws(SyscallError) in
      try Files.write(path, bytes, mode: mode)
    }
    return path
  }
}
