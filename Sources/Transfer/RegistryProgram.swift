import Glibc
import Image
import Linux
import Model
import State

/// Runs `roost-registry`, which alone knows HTTP: what is asked goes in, what it says comes out.
///
/// It is a program of its own so that no other has to load and keep the libraries for HTTP and
/// TLS: not the command line, which would start slower, and not the supervisor, which stays.
package struct RegistryProgram: Sendable {
  private let path: String
  private let layout: Layout
  private let archiveProgram: String
  private let progress: any TransferProgress
  private let patienceMilliseconds: Int32

  /// How long it may do nothing at all. It gives registries up sooner, and `roost-archive`, which it
  /// waits for.
  private static let patienceMilliseconds: Int32 = 900_000

  /// Makes a way to the program.
  ///
  /// - Parameters:
  ///   - path: The path of `roost-registry`.
  ///   - layout: Where the image store is.
  ///   - archiveProgram: The path of `roost-archive`, which unpacks layers.
  ///   - progress: Is told how transfers go on, on the thread that asked.
  package init(
    path: String, layout: Layout, archiveProgram: String,
    progress: any TransferProgress = SilentTransfer()
  ) {
    self.init(
      path: path, layout: layout, archiveProgram: archiveProgram, progress: progress,
      patienceMilliseconds: Self.patienceMilliseconds)
  }

  init(
    path: String, layout: Layout, archiveProgram: String, progress: any TransferProgress,
    patienceMilliseconds: Int32
  ) {
    self.patienceMilliseconds = patienceMilliseconds
    self.path = path
    self.layout = layout
    self.archiveProgram = archiveProgram
    self.progress = progress
  }

  /// Pulls an image into the store.
  package func pull(
    _ request: PullRequest, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> PullResult {
    let answer = try ask(
      .pull(
        image: request.reference.description, platform: request.platform?.description),
      cancellation)
    guard case .pulled(let id, let text, let isNew) = answer, let digest = Digest(text) else {
      throw unexpected
    }
    let store = ImageStore(layout: layout, archiveProgram: archiveProgram)
    do throws(Diagnostic) {
      return PullResult(image: try store.resolve(id), digest: digest, isNew: isNew)
    } catch {
      throw RegistryError(.local, error)
    }
  }

  /// Pushes the image of a name.
  package func push(
    _ reference: Reference, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> PushResult {
    try pushed(ask(.push(image: reference.description), cancellation))
  }

  /// Asks by which digest the registry knows a name.
  package func resolve(
    _ reference: Reference, isInsecure: Bool, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Digest {
    try resolved(
      ask(.resolve(image: reference.description, isInsecure: isInsecure), cancellation))
  }

  /// Writes an artifact into a directory: its manifest as `manifest.json`, and each of its layers
  /// under the digits of its digest. Returns the digest of the manifest.
  package func fetchArtifact(
    _ reference: Reference, into directory: String, isInsecure: Bool,
    _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Digest {
    try resolved(
      ask(
        .fetchArtifact(
          name: reference.description, directory: directory, isInsecure: isInsecure), cancellation))
  }

  /// Sends an artifact that lies in a directory as `fetchArtifact` would write it.
  package func pushArtifact(
    _ reference: Reference, from directory: String, isInsecure: Bool,
    _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> PushResult {
    try pushed(
      ask(
        .pushArtifact(
          name: reference.description, directory: directory, isInsecure: isInsecure), cancellation))
  }

  private func resolved(_ answer: RegistryAnswer) throws(RegistryError) -> Digest {
    guard case .resolved(let text) = answer, let digest = Digest(text) else { throw unexpected }
    return digest
  }

  private func pushed(_ answer: RegistryAnswer) throws(RegistryError) -> PushResult {
    guard case .pushed(let text, let size) = answer, let digest = Digest(text) else {
      throw unexpected
    }
    return PushResult(digest: digest, size: Int(size))
  }

  /// Which registry a text means, docker.io when there is none, and who is logged in there.
  package func account(
    _ server: String?, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> RegistryAccount {
    guard case .account(let domain, let user) = try ask(.account(server: server), cancellation)
    else { throw unexpected }
    return RegistryAccount(domain: domain, user: user)
  }

  /// Checks that what is kept for a registry is still good; false when nothing is kept.
  package func checkLogin(
    _ domain: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Bool {
    guard case .checked(let isLoggedIn) = try ask(.check(server: domain), cancellation)
    else { throw unexpected }
    return isLoggedIn
  }

  /// Checks credentials with the registry and keeps them.
  package func login(
    _ domain: String, user: String, secret: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> LoginResult {
    let answer = try ask(.login(server: domain, user: user, secret: secret), cancellation)
    guard case .loggedIn(let file) = answer else { throw unexpected }
    return LoginResult(unencryptedFile: file)
  }

  /// Forgets the credentials of a registry; false when there were none.
  package func logout(
    _ domain: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Bool {
    guard case .loggedOut(let wasLoggedIn) = try ask(.logout(server: domain), cancellation)
    else { throw unexpected }
    return wasLoggedIn
  }

  /// Fetches a file from the web; nil when the content is that of the known tag.
  package func fetch(
    _ request: RemoteFileRequest, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> RemoteFile? {
    let answer = try ask(
      .fetch(
        address: request.address, path: request.path, knownTag: request.knownTag,
        limit: request.limit),
      cancellation)
    if case .unchanged = answer { return nil }
    guard case .fetched(let file) = answer, let digest = Digest(file.digest) else {
      throw unexpected
    }
    return RemoteFile(
      digest: digest, size: file.size, modified: file.modified, tag: file.tag, name: file.name)
  }

  // MARK: The conversation

  private func ask(
    _ action: RegistryRequest.Action, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> RegistryAnswer {
    let request = RegistryRequest(action, layout: layout, archiveProgram: archiveProgram)
    let process: PidFD
    let output: OwnedDescriptor
    do throws(SyscallError) {
      (process, output) = try start(request, cancellation)
    } catch {
      throw RegistryError(.local, "cannot run \(path): \(error.reason)")
    }
    let answer = conversation(with: process, output.raw)
    // Without its input it ends, also one that is not understood.
    cancellation.forget()
    let status = try? process.reap()
    switch answer {
    case .answer(let answer): return answer
    case .failure(let error): throw error
    default:
      if cancellation.isCancelled { throw .cancelled }
      throw RegistryError(
        .local,
        "roost-registry ended early"
          + (status.map { " with status \($0.code)" } ?? ""))
    }
  }

  /// Starts the program. The end of its input tells it to give up: so it does when we are killed.
  private func start(
    _ request: RegistryRequest, _ cancellation: RegistryCancellation
  ) throws(SyscallError) -> (PidFD, OwnedDescriptor) {
    let input = try Descriptors.pipe()
    let output = try Descriptors.pipe()
    var spawn = SpawnRequest(path, [])
    spawn.environment =
      Spawn.currentEnvironment.filter { !$0.hasPrefix("\(TraceRequest.variable)=") }
      + TraceLog.environment
    spawn.descriptors = [(input.read.raw, 0), (output.write.raw, 1), (2, 2)]
    let process = try Spawn.start(spawn)
    output.write.close()
    input.read.close()
    try Descriptors.writeAll(input.write.raw, request.json.utf8() + [0x0A])
    cancellation.hold(input.write)
    return (process, output.read)
  }

  /// Passes on what the program says; returns the last that it said. One that does nothing is ended.
  private func conversation(with process: PidFD, _ descriptor: Int32) -> RegistryMessage? {
    var watch = StallWatch(
      process, program: "roost-registry", patienceMilliseconds: patienceMilliseconds)
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      do throws(SyscallError) { try watch.awaitOutput(descriptor) } catch {
        try? process.signal(SIGKILL)
        return .failure(
          RegistryError(
            .local,
            "roost-registry did nothing for \(patienceMilliseconds / 1000) seconds and is ended: "
              + "\(error)"))
      }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[..<end])
        pending.removeSubrange(...end)
        let message: RegistryMessage
        do throws(MessageError) {
          message = try RegistryMessage(json: (try? JSON.parse(line)) ?? .null)
        } catch {
          return .failure(RegistryError(.local, error.diagnostic))
        }
        switch message {
        case .layer(let layer, let phase): progress.report(layer, phase)
        case .announcement(let line): progress.announce(line)
        case .warning(let diagnostic): progress.warn(diagnostic)
        case .answer, .failure: return message
        }
      }
    }
  }

  private var unexpected: RegistryError {
    RegistryError(
      .local,
      MessageError.notUnderstood("roost-registry", "it answers another request").diagnostic)
  }
}
