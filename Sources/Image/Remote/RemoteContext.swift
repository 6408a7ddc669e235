import Glibc
import Linux
import Model
import State

/// Build contexts that are elsewhere: repositories, tars and single Dockerfiles.
///
/// Source: docker buildx build reference, "Build context".
struct RemoteContext {
  let files: RemoteFiles
  let store: ImageStore
  let work: WorkDirectory
  let cancellation: BuildCancellation
  let agent: String?
  /// Leaves `.git` where it is.
  let keepsGitDirectory: Bool

  /// A context on this machine.
  struct Local {
    var directory: String
    /// The Dockerfile, when the address was that of one and not of a context.
    var dockerfile: String?
  }

  func bring(_ source: RemoteSource) throws(Diagnostic) -> Local {
    switch source {
    case .repository(let location):
      let git = try GitProgram(work: work, cancellation: cancellation, agent: agent)
      let checkout = GitCheckout(location: location, git: git, work: work)
      let directory = try checkout.bring(
        try checkout.resolve(),
        keepsGitDirectory: location.keepsGitDirectory ?? keepsGitDirectory)
      return Local(directory: directory)
    case .file(let address):
      guard let place = try files.look(at: address, usesCache: false).place else {
        throw Diagnostic(.error, "cannot fetch the build context \(address)")
      }
      return try unpack(place, from: address)
    }
  }

  /// Takes in a tar or a Dockerfile that comes as a stream.
  func read(_ source: ImageSource) throws(Diagnostic) -> Local {
    let place = RemoteFiles.Place(directory: "\(work.path)/stream", name: "context")
    let input = try source.open()
    guard isatty(input.raw) == 0 else {
      throw Diagnostic(
        .error, "the build context is to come from \(source.name), which is a terminal",
        hint: "pipe a tar or a Dockerfile into the command, or name a directory")
    }
    let limit = try store.requestedLimit() ?? RemoteFiles.defaultLimit
    let count = try diagnosing("read the build context") { () throws(SyscallError) in
      try Files.makeDirectories(place.directory, mode: 0o700)
      let path = "\(place.directory)/\(place.name)"
      let output = try Files.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      return try Self.copy(input.raw, to: output.raw, limit: limit)
    }
    guard count <= limit else {
      throw Diagnostic(
        .error, "the build context has more than \(limit) bytes",
        hint: "raise the limit with ROOST_LAYER_SIZE_LIMIT=BYTES")
    }
    return try unpack(place, from: source.name)
  }

  /// Copies until the end, or past the limit; returns the bytes that were there.
  private static func copy(
    _ input: Int32, to output: Int32, limit: Int64
  ) throws(SyscallError) -> Int64 {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var total: Int64 = 0
    while total <= limit {
      let count = try Syscall.retry("read") { Glibc.read(input, &buffer, buffer.count) }
      if count == 0 { break }
      total += Int64(count)
      try Descriptors.writeAll(output, Array(buffer[..<count]))
    }
    return total
  }

  private func unpack(
    _ place: RemoteFiles.Place, from address: String
  ) throws(Diagnostic) -> Local {
    let directory = "\(place.directory)-context"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o755)
    }
    var copy = ArchiveCopy(into: .directory(directory))
    copy.source = .directory(place.directory)
    copy.items = [ArchiveCopy.Item(.archive(from: place.name), to: "/", into: true)]
    copy.limit = try store.requestedLimit()
    let answer = try store.helper.run(.copy(copy), in: work, doing: "unpack the build context")
    guard case .copied(let archives) = answer else { throw answer.unexpected }
    // What is not an archive was copied: it is the Dockerfile itself.
    guard archives == 0 else { return Local(directory: directory) }
    let text = try diagnosing("read \(address)") { () throws(SyscallError) in
      String(
        decoding: try Files.read(
          "\(place.directory)/\(place.name)", limit: DockerfileText.maximumSize + 1),
        as: UTF8.self)
    }
    let empty = "\(place.directory)-empty"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(empty, mode: 0o755)
    }
    return Local(directory: empty, dockerfile: text)
  }

  /// Makes sure that a file of a fetched context is really in it: links in it count from its own
  /// root, and none may show a file of this machine.
  static func check(_ path: String, isBelow directory: String) throws(Diagnostic) {
    guard Files.exists(path) else { return }
    let real = try? Files.realPath(path)
    let base = try? Files.realPath(directory)
    guard let real, let base, real.hasPrefix("\(base)/") else {
      throw Diagnostic(
        .error, "'\(Paths.name(path))' of the fetched build context is a link that leads out of it")
    }
  }
}
