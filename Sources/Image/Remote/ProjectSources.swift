import Glibc
import Linux
import Model

/// Projects that are elsewhere, in a repository or in a registry, and their copies on this machine:
/// a directory each, by commit or digest, so that what is the same is not fetched again.
///
/// Containers may have directories of a copy mounted, so none is ever removed while it may be used.
package struct ProjectSources: Sendable {
  private let directory: String
  private let cancellation: BuildCancellation
  private let agent: String?

  /// Makes a way to the copies.
  ///
  /// - Parameters:
  ///   - directory: Where the copies lie; made when it is missing.
  ///   - cancellation: Ends what runs.
  ///   - agent: The socket of the user's SSH agent, for repositories.
  package init(directory: String, cancellation: BuildCancellation, agent: String?) {
    self.directory = directory
    self.cancellation = cancellation
    self.agent = agent
  }

  // MARK: Repositories

  /// Brings the file or directory of a repository that an address names; of a directory the first
  /// file that has one of `names`.
  package func bringRepository(
    _ address: String, names: [String]
  ) throws(Diagnostic) -> String {
    guard case .repository(var location) = try RemoteSource(address, isContext: true) else {
      throw Diagnostic(
        .error, "\(RemoteSource.withoutPassword(address)) is not the address of a git repository",
        hint: "over HTTP it ends with .git, as in https://HOST/NAME.git#BRANCH:DIRECTORY; a single "
          + "file is read by: curl ADDRESS | roost -f - up")
    }
    // Submodules are other repositories than the one that was named.
    if !address.contains("submodules=") { location.hasSubmodules = false }
    let subpath = location.directory
    location.directory = "."
    let work = try makeWork()
    let git = try GitProgram(work: work, cancellation: cancellation, agent: agent)
    let checkout = GitCheckout(location: location, git: git, work: work)
    let commit = try checkout.resolve()
    let origin = Digest.sha256(of: "\(location.shownRemote) \(location.hasSubmodules)").hex
    let place = "\(directory)/git-\(commit.id)-\(origin.prefix(12))"
    if !Files.exists(place) {
      try keep(
        try checkout.bring(commit, keepsGitDirectory: location.keepsGitDirectory ?? false),
        as: place)
    }
    return try file(subpath, in: place, of: location, names: names)
  }

  /// The Compose file, which no link of the repository may lead out of the copy.
  private func file(
    _ subpath: String, in place: String, of location: GitLocation, names: [String]
  ) throws(Diagnostic) -> String {
    let base = try? Files.realPath(place)
    func inside(_ path: String) -> String? {
      guard let real = try? Files.realPath(path), let base else { return nil }
      return real == base || real.hasPrefix("\(base)/") ? real : nil
    }
    let named = subpath == "." ? place : "\(place)/\(subpath)"
    guard let real = inside(named) else {
      throw Diagnostic(
        .error, "\(location.shownRemote) has no file or directory '\(subpath)'",
        hint: "paths count from the top of the repository")
    }
    guard Files.isDirectory(real) else { return real }
    for name in names {
      if let file = inside("\(real)/\(name)"), !Files.isDirectory(file) { return file }
    }
    let within = subpath == "." ? "" : " in '\(subpath)'"
    throw Diagnostic(
      .error, "\(location.shownRemote) has no Compose file\(within)",
      hint: "name it behind the branch, as in \(location.shownRemote)#main:FILE")
  }

  // MARK: Artifacts

  /// Brings a project that was published to a registry; returns its Compose file.
  ///
  /// - Parameters:
  ///   - name: What messages call it.
  ///   - fetch: Writes the artifact into a directory, and returns the digest of its manifest.
  package func bringArtifact(
    _ name: String, fetch: (_ directory: String) throws(Diagnostic) -> Digest
  ) throws(Diagnostic) -> String {
    let work = try makeWork()
    let fetched = "\(work.path)/artifact"
    let unpacked = "\(work.path)/project"
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(fetched, mode: 0o700)
      try Files.makeDirectories(unpacked, mode: 0o755)
    }
    let digest = try fetch(fetched)
    let place = "\(directory)/oci-\(digest.hex)"
    if !Files.exists(place) {
      try ComposeArtifact.unpack(fetched, to: unpacked, name: name)
      try keep(unpacked, as: place)
    }
    return "\(place)/\(ComposeArtifact.mainFile)"
  }

  // MARK: Copies

  private func makeWork() throws(Diagnostic) -> WorkDirectory {
    WorkDirectory.sweep(directory)
    return try diagnosing("make a directory for projects from elsewhere") {
      () throws(SyscallError) in try WorkDirectory.create(in: directory)
    }
  }

  /// Puts a finished copy to its place, unless another process was faster.
  private func keep(_ path: String, as place: String) throws(Diagnostic) {
    try diagnosing("keep the project") { () throws(SyscallError) in
      do throws(SyscallError) { try Files.rename(path, place) } catch {
        guard error.errno == ENOTEMPTY || error.errno == EEXIST else { throw error }
      }
    }
  }
}
