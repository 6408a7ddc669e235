import Glibc
import Linux
import Model
import State

/// The files that one build fetches. What servers said about their content is kept from build to
/// build, so that the same content need not come again.
struct RemoteFiles {
  let store: ImageStore
  let work: WorkDirectory
  let fetcher: any RemoteFetcher
  let cancellation: BuildCancellation

  /// A file whose content is known.
  struct Known {
    var digest: Digest
    /// The file; nil when only its digest is known yet.
    var place: Place?
  }

  /// A fetched file on this machine.
  struct Place {
    /// The directory that holds only this file.
    var directory: String
    /// Its name there.
    var name: String
    /// The name that the server gave it.
    var servedName: String?
  }

  static let defaultLimit: Int64 = 16 << 30
  /// The name of a file that neither the address nor the server names.
  private static let placeholder = "__unnamed__"

  /// Finds out what an address holds, and fetches it if that is not known.
  func look(at address: String, usesCache: Bool) throws(Diagnostic) -> Known {
    let memory = "\(store.layout.cache)/build/remote/\(Digest.sha256(of: address).hex)"
    let known = usesCache ? Memory(memory) : nil
    if let (file, place) = try fetch(address, knownTag: known?.tag) {
      Memory(file)?.write(memory)
      return Known(digest: file.digest, place: place)
    }
    guard let known else { throw Self.unexpected(address) }
    return Known(digest: known.digest, place: nil)
  }

  /// Fetches a file that must have a digest.
  func fetch(_ address: String, expecting digest: Digest) throws(Diagnostic) -> Place {
    guard let (file, place) = try fetch(address, knownTag: nil) else {
      throw Self.unexpected(address)
    }
    guard file.digest == digest else {
      throw Diagnostic(
        .error,
        "\(RemoteSource.withoutPassword(address)) has the wrong checksum: it is \(file.digest), "
          + "not \(digest)",
        hint: "either the file was changed, or the checksum is that of another version")
    }
    return place
  }

  private func fetch(
    _ address: String, knownTag: String?
  ) throws(Diagnostic) -> (RemoteFile, Place)? {
    let directory = "\(work.path)/fetched-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o700)
    }
    let ownName = RemoteFileName.inPath(of: address)
    var path = "\(directory)/\(ownName ?? Self.placeholder)"
    let limit = try store.requestedLimit() ?? Self.defaultLimit
    let request = RemoteFileRequest(
      address: address, path: path, knownTag: knownTag, limit: limit)
    guard let file = try fetcher.fetch(request, cancellation: cancellation) else { return nil }
    try diagnosing("keep \(address)") { () throws(SyscallError) in
      try Files.setMode(path, 0o600)
      // What a server does not date gets a date all the same that is the same each time.
      var times = [timespec(), timespec()]
      for index in times.indices { times[index].tv_sec = Int(file.modified ?? 0) }
      try Syscall.check(utimensat(AT_FDCWD, path, times, 0), "utimensat", path)
    }
    let served = file.name.flatMap(RemoteFileName.safe)
    if ownName == nil, let served {
      try diagnosing("keep \(address)") { () throws(SyscallError) in
        try Files.rename(path, "\(directory)/\(served)")
      }
      path = "\(directory)/\(served)"
    }
    return (file, Place(directory: directory, name: Paths.name(path), servedName: served))
  }

  private static func unexpected(_ address: String) -> Diagnostic {
    Diagnostic(
      .error, "the server says that \(address) is unchanged, but nobody asked for changes only")
  }

  /// What a server said about the content of an address.
  private struct Memory {
    var tag: String
    var digest: Digest

    init?(_ file: RemoteFile) {
      guard let tag = file.tag else { return nil }
      self.tag = tag
      digest = file.digest
    }

    init?(_ path: String) {
      guard let bytes = try? Files.readIfPresent(path), let json = try? JSON.parse(bytes),
        let tag = json["tag"]?.stringValue,
        let digest = json["digest"]?.stringValue.flatMap({ Digest($0) })
      else { return nil }
      self.tag = tag
      self.digest = digest
    }

    /// Keeps it. That it cannot be kept costs time only.
    func write(_ path: String) {
      let json: JSON = ["tag": .string(tag), "digest": .string(digest.description)]
      try? Files.makeDirectories(Paths.parent(path), mode: 0o700)
      try? Files.writeAtomically(path, json.utf8(), mode: 0o600)
    }
  }
}
