import Linux
import Model
import State

/// What ADD brings from elsewhere, once it is sure that it is needed.
struct RemoteCopy {
  enum Content {
    /// A file; its place when it was fetched already.
    case file(address: String, digest: Digest, place: RemoteFiles.Place?, unpacks: Bool)
    /// A directory of a repository.
    case repository(GitCheckout, GitCheckout.Commit, keepsGitDirectory: Bool)
  }

  var content: Content
  var target: String
  var isInto: Bool
  var excluded: IgnoreRules
  /// Where the Dockerfile names it.
  var location: SourceLocation
}

// ADD from addresses.
extension StageRunner {
  /// A source that is elsewhere, and where the Dockerfile names it.
  struct RemoteWord {
    var source: RemoteSource
    var text: String
    var location: SourceLocation
  }

  /// The sources that are addresses. Flags that are only for them are refused without.
  func remoteSources(of copy: CopyInstruction) throws(Diagnostic) -> [RemoteWord] {
    var found: [RemoteWord] = []
    for word in copy.sources {
      let text = try state.editor.expand(word)
      guard RemoteSource.isRemote(text) else { continue }
      guard copy.isAdd else {
        throw Diagnostic(
          .error, "COPY takes no addresses: '\(RemoteSource.withoutPassword(text))'",
          at: word.location, hint: "write ADD instead")
      }
      guard
        let source = try located(
          at: word.location,
          { () throws(Diagnostic) in
            try RemoteSource(text)
          })
      else { continue }
      found.append(RemoteWord(source: source, text: text, location: word.location))
    }
    try checkFlags(of: copy, remote: found)
    return found
  }

  private func checkFlags(
    of copy: CopyInstruction, remote: [RemoteWord]
  ) throws(Diagnostic) {
    if let checksum = copy.options.checksum {
      guard !remote.isEmpty else {
        throw Diagnostic(
          .error, "--checksum is for files that ADD fetches", at: checksum.location,
          hint: "leave it out, or compare with sha256sum in a RUN step")
      }
      guard copy.sources.count == 1 else {
        throw Diagnostic(
          .error, "--checksum is for one source only", at: checksum.location,
          hint: "write an ADD for each source")
      }
    }
    let hasRepository = remote.contains { word in
      if case .repository = word.source { true } else { false }
    }
    if copy.options.keepGitDirectory, !hasRepository {
      throw Diagnostic(
        .error, "--keep-git-dir is for git repositories", at: copy.destination.location,
        hint: "leave it out")
    }
  }

  /// Finds out what the addresses hold, and puts that into the plan.
  func addRemotes(
    _ words: [RemoteWord], _ copy: CopyInstruction, target: String, isDirectory: Bool,
    to plan: inout CopyPlan
  ) throws(Diagnostic) {
    guard copy.sources.count == 1 || isDirectory || words.isEmpty else {
      throw severalSources(copy)
    }
    let excluded = try excludedPatterns(copy.options)
    for word in words {
      let content = try located(at: word.location) { () throws(Diagnostic) in
        switch word.source {
        case .file(let address): try look(at: address, copy, isDirectory: isDirectory, &plan)
        case .repository(let location): try look(at: location, copy, &plan)
        }
      }
      plan.items.append(
        .remote(
          RemoteCopy(
            content: content, target: target, isInto: isDirectory, excluded: excluded,
            location: word.location)))
    }
  }

  private func look(
    at address: String, _ copy: CopyInstruction, isDirectory: Bool, _ plan: inout CopyPlan
  ) throws(Diagnostic) -> RemoteCopy.Content {
    let shown = RemoteSource.withoutPassword(address)
    var known: RemoteFiles.Known
    var name = RemoteFileName.inPath(of: address)
    if let checksum = try checksum(copy) {
      known = RemoteFiles.Known(digest: checksum, place: nil)
    } else {
      known = try build.remoteFiles.look(at: address, usesCache: usesCache && name != nil)
    }
    name = name ?? known.place?.servedName
    guard name != nil || !isDirectory else {
      throw Diagnostic(
        .error, "\(shown) has no file name", at: copy.destination.location,
        hint: "name the file: write the destination without '/' at its end")
    }
    let unpacks = copy.options.unpack ?? false
    plan.inputs.add("the content of \(shown)", known.digest.hex)
    plan.inputs.add("the name of \(shown)", name ?? "")
    plan.inputs.add("--unpack", String(unpacks))
    return .file(address: address, digest: known.digest, place: known.place, unpacks: unpacks)
  }

  private func checksum(_ copy: CopyInstruction) throws(Diagnostic) -> Digest? {
    guard let word = copy.options.checksum else { return nil }
    let text = try state.editor.expand(word)
    guard let digest = Digest(text) else {
      throw Diagnostic(
        .error, "--checksum of a file is sha256: and 64 digits, not '\(text)'",
        at: word.location, hint: "sha256sum prints the digits")
    }
    return digest
  }

  private func look(
    at location: GitLocation, _ copy: CopyInstruction, _ plan: inout CopyPlan
  ) throws(Diagnostic) -> RemoteCopy.Content {
    var location = location
    if let word = copy.options.checksum {
      let text = try state.editor.expand(word)
      guard GitLocation.isHexadecimal(text), location.checksum ?? text == text else {
        throw Diagnostic(
          .error, "--checksum of a repository is a commit, not '\(text)'", at: word.location)
      }
      location.checksum = text
    }
    let keeps = copy.options.keepGitDirectory || location.keepsGitDirectory ?? false
    let git = try GitProgram(
      work: build.work, cancellation: build.cancellation, agent: build.request.agent)
    let checkout = GitCheckout(location: location, git: git, work: build.work)
    let commit = try checkout.resolve()
    let shown = location.shownRemote
    plan.inputs.add("the commit of \(shown)", commit.id)
    plan.inputs.add("the directory in \(shown)", location.directory)
    plan.inputs.add("the submodules of \(shown)", String(location.hasSubmodules))
    plan.inputs.add("--keep-git-dir", String(keeps))
    for word in copy.options.exclude {
      plan.inputs.add("--exclude", try state.editor.expand(word))
    }
    return .repository(checkout, commit, keepsGitDirectory: keeps)
  }

  /// Fetches what the helper then copies.
  func bring(_ remote: RemoteCopy) throws(Diagnostic) -> ArchiveCopy.Item {
    try located(at: remote.location) { () throws(Diagnostic) in try fetch(remote) }
  }

  private func fetch(_ remote: RemoteCopy) throws(Diagnostic) -> ArchiveCopy.Item {
    switch remote.content {
    case .file(let address, let digest, let known, let unpacks):
      let place: RemoteFiles.Place
      if let known {
        place = known
      } else {
        place = try build.remoteFiles.fetch(address, expecting: digest)
      }
      return ArchiveCopy.Item(
        unpacks ? .archive(from: place.name) : .file(from: place.name), to: remote.target,
        into: remote.isInto, of: .directory(place.directory))
    case .repository(let checkout, let commit, let keepsGitDirectory):
      let directory = try checkout.bring(commit, keepsGitDirectory: keepsGitDirectory)
      let paths = try diagnosing("read the repository's files") { () throws(SyscallError) in
        try FileTree.paths(below: directory)
      }
      let entries = paths.filter { !remote.excluded.ignores($0) }
      return ArchiveCopy.Item(
        .tree(from: ".", entries: entries), to: remote.target, of: .directory(directory))
    }
  }

  private func located<Result>(
    at location: SourceLocation, _ body: () throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    do throws(Diagnostic) { return try body() } catch {
      var located = error
      if located.location == nil { located.location = location }
      throw located
    }
  }
}
