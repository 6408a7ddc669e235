import Glibc
import Linux
import State

/// Puts what a tar holds where Docker's rules say.
///
/// The directory that it goes to is found once, and is the root of all that is written from then on:
/// neither a name in the tar nor a link that is there or comes with it leads out of it.
final class FileReceiver {
  private let request: FileReceiving
  private let root: CopyRoot
  private var removal: PathRemoval?

  /// Serves a request.
  static func serve(_ request: FileReceiving) throws(ArchiveError) -> ArchiveAnswer {
    let input = OwnedDescriptor(request.input)
    let receiver = FileReceiver(request, try CopyRoot(request.place))
    do throws(ArchiveError) {
      try receiver.removeFirst()
      let size = try receiver.receive(input.raw)
      return .transferred(size: size, leftOut: receiver.removal?.stayed)
    } catch {
      throw receiver.explain(error)
    }
  }

  private init(_ request: FileReceiving, _ root: CopyRoot) {
    self.request = request
    self.root = root
  }

  private func removeFirst() throws(ArchiveError) {
    guard !request.removals.isEmpty || request.replacesKinds else { return }
    var removal = PathRemoval(TreeRoot(root.directory.descriptor, setsOwners: false))
    defer { self.removal = removal }
    for text in request.removals {
      guard let path = MemberPath(text.utf8), !path.isRoot else { continue }
      try ArchiveError.wrapping { () throws(SyscallError) in try removal.remove(path) }
    }
  }

  // Threads that read on end with the process: nobody waits for input that may never come.
  private func receive(_ input: Int32) throws(ArchiveError) -> Int64 {
    let found = try find()
    if request.isArchive, found.existing != .directory { throw refusal(.archiveNeedsDirectory) }
    if request.isArchive, request.onlyChecks { return 0 }
    // Names are UTF-8 or plain bytes; with this locale libarchive converts nothing.
    setlocale(LC_CTYPE, "C.UTF-8")
    let stream = try LayerStream(
      descriptor: input, options: .init(limit: .max, takesDigests: false))
    let reader = try TarReader(stream)
    var member = try reader.next()
    let target = try request.isArchive ? archiveTarget(found) : target(found, for: member)
    let writer = MemberWriter(target.root)
    while let next = member {
      if request.onlyChecks { return 0 }
      try write(next, target, writer, reader)
      member = try reader.next()
    }
    try ArchiveError.wrapping { () throws(SyscallError) in try writer.finish() }
    _ = try stream.finish()
    return writer.contentSize
  }

  // MARK: - The destination

  private struct Found {
    var existing: CopyDestination.Existing
    /// The directory itself, or the one above what is or will be there.
    var directory: OwnedDescriptor
    /// The name in it; empty for the directory itself.
    var name: String
  }

  /// Where members go: below a root, in the place of the first one.
  private struct Target {
    var root: TreeRoot
    /// What stands for the first member, and before all others.
    var place: MemberPath
    /// The name of the first member, which is taken off.
    var prefix: MemberPath
    /// True where a member that is the directory itself says nothing.
    var keepsTop: Bool
  }

  /// Looks at what is there. Links are followed one by one, within the root: where the last leads
  /// nowhere, what it reads is made.
  private func find() throws(ArchiveError) -> Found {
    var path = request.place.path
    for _ in 0..<40 {
      do throws(SyscallError) {
        if let found = try directory(path) { return found }
        let place = try root.open(path)
        switch try Files.status(descriptor: place.raw).kind {
        case .symbolicLink: path = CopyPlace(try root.target(of: place, at: path)).path
        case .regular: return try below(path, .file)
        default: return try below(path, .other)
        }
      } catch {
        guard error.errno == ENOENT else { throw .system(error) }
        do throws(SyscallError) { return try below(path, .nothing) } catch {
          throw missingParent(of: path, error)
        }
      }
    }
    throw .system(SyscallError("open", path: request.place.text, errno: ELOOP))
  }

  private func directory(_ path: String) throws(SyscallError) -> Found? {
    do throws(SyscallError) {
      let directory = try root.directory.openDirectory(path)
      return Found(existing: .directory, directory: directory, name: "")
    } catch {
      guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
      return nil
    }
  }

  private func below(
    _ path: String, _ existing: CopyDestination.Existing
  ) throws(SyscallError) -> Found {
    let (parent, name) = CopyRoot.split(path)
    let directory = try root.directory.openDirectory(parent)
    return Found(existing: existing, directory: directory, name: name)
  }

  private func missingParent(of path: String, _ error: SyscallError) -> ArchiveError {
    guard error.errno == ENOENT || error.errno == ENOTDIR else { return .system(error) }
    return .unusable(
      "there is no directory \(root.text(CopyRoot.split(path).parent))",
      hint: "the directory that something is copied to must exist: make it first")
  }

  private func tree(_ directory: OwnedDescriptor) -> TreeRoot {
    TreeRoot(directory, setsOwners: request.keepsOwners && geteuid() == 0)
  }

  /// Members of any tar may lie below links, which count from the root.
  private func archiveTarget(_ found: Found) throws(ArchiveError) -> Target {
    Target(
      root: tree(root.directory.descriptor),
      place: MemberPath(request.place.path.utf8) ?? MemberPath(clean: []),
      prefix: MemberPath(clean: []), keepsTop: true)
  }

  private func target(
    _ found: Found, for first: TarMember?
  ) throws(ArchiveError) -> Target {
    guard let first, let name = MemberPath(first.path) else {
      throw .unreadable(reason: "nothing came")
    }
    let source = CopyDestination.Source(
      isDirectory: first.kind == .directory, name: name.isRoot ? nil : name.bytes)
    do throws(CopyDestination.Refusal) {
      let place = try CopyDestination.place(
        source, on: found.existing, ending: request.place.ending)
      return Target(
        root: tree(found.directory),
        place: place == .instead ? MemberPath(clean: found.name.utf8) : name, prefix: name,
        keepsTop: place == .merge)
    } catch {
      throw refusal(error)
    }
  }

  private func refusal(_ refusal: CopyDestination.Refusal) -> ArchiveError {
    .unusable(refusal.message(root.text(request.place.path)), hint: refusal.hint)
  }

  // MARK: - Members

  private func write(
    _ received: TarMember, _ target: Target, _ writer: MemberWriter, _ reader: TarReader
  ) throws(ArchiveError) {
    var member = received
    let path = try place(of: member.path, target)
    if case .hardLink(let other) = member.kind {
      member.kind = .hardLink(target: try place(of: other, target).bytes)
    }
    if path == target.place, target.keepsTop, member.kind == .directory { return }
    if root.isMachine, !request.keepsOwners { member.takeRightsAway() }
    try checkKind(of: member, at: path, target.root)
    try writer.write(member, at: path, data: reader)
  }

  private func place(of bytes: [UInt8], _ target: Target) throws(ArchiveError) -> MemberPath {
    guard let path = MemberPath(bytes), path.bytes.starts(with: target.prefix.bytes) else {
      throw .refused(
        member: String(decoding: bytes, as: UTF8.self), reason: "lies outside of what is copied")
    }
    let rest = path.bytes.dropFirst(target.prefix.bytes.count).drop { $0 == MemberPath.slash }
    if rest.isEmpty { return target.place }
    return target.place.appending(rest)
  }

  /// A directory is not replaced by a file, nor a file by a directory, nor what something is mounted
  /// on by anything: seen from another mount namespace, the kernel would take the mount away.
  private func checkKind(
    of member: TarMember, at path: MemberPath, _ tree: TreeRoot
  ) throws(ArchiveError) {
    guard let place = try? tree.open(path, pathOnly, followLinks: false),
      let status = try? Files.status(descriptor: place.raw)
    else { return }
    let isDirectory = member.kind == .directory
    if !isDirectory, let parent = try? tree.open(path.parent, pathOnly | O_DIRECTORY),
      MountNumber(of: place) != MountNumber(of: parent)
    {
      throw .system(SyscallError("unlink", path: path.text, errno: EBUSY))
    }
    guard isDirectory != (status.kind == .directory) else { return }
    if request.replacesKinds {
      try ArchiveError.wrapping { () throws(SyscallError) in try removal?.remove(path) }
      return
    }
    let what = isDirectory ? "a file by a directory" : "a directory by a file"
    throw .unusable("cannot replace \(what): \(path.text) in \(request.place.text)", hint: "")
  }

  // MARK: - Failures

  private func explain(_ failure: ArchiveError) -> ArchiveError {
    guard case .system(let error) = failure else { return failure }
    let place = error.path.map { " (\($0))" } ?? ""
    let text = request.place.text
    switch error.errno {
    case EROFS:
      return .unusable(
        "\(text) is mounted read-only\(place)",
        hint: root.isMachine ? "" : "copy to a volume that can be written to")
    case EBUSY:
      return .unusable(
        "something is mounted on what would be replaced in \(text)\(place)",
        hint: "write to it from inside, or change what is mounted")
    case EACCES:
      return .unusable("\(text) may not be written to\(place)", hint: "")
    case EPERM where error.call == "mknod":
      return .unusable(
        "root in this container may not make devices\(place)",
        hint: "with `userns_mode: host` it may")
    default: return failure
    }
  }
}

/// Which mount an open file lies on; nil when the kernel does not say. Source: proc_pid_fdinfo(5).
private struct MountNumber: Hashable {
  let text: Substring

  init?(of descriptor: OwnedDescriptor) {
    let lines = (try? Files.readText("/proc/self/fdinfo/\(descriptor.raw)")) ?? ""
    let line = lines.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }
    guard let line else { return nil }
    text = line
  }
}

extension TarMember {
  /// Takes away what rights a file of a container would give on the machine: as chown(2) does when
  /// a file gets another owner.
  fileprivate mutating func takeRightsAway() {
    metadata.mode &= 0o1777
    if case .device = kind { metadata.mode &= 0o600 }
    metadata.attributes.removeAll { $0.name == "security.capability" }
  }
}
