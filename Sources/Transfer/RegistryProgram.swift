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
    self.path = path
    self.layout = layout
    self.archiveProgram = archiveProgram
    self.progress = progress
  }

  /// Pulls an image into the store.
  package func pull(
    _ request: PullRequest, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> PullResult {
    var object = JSONObject([("image", JSON.string(request.reference.description))])
    if let platform = request.platform { object["platform"] = .string(platform.description) }
    let answer = try ask("pull", .object(object), cancellation)
    guard let digest = answer["digest"]?.stringValue.flatMap({ Digest($0) }),
      let id = answer["id"]?.stringValue
    else { throw notUnderstood() }
    let store = ImageStore(layout: layout, archiveProgram: archiveProgram)
    do throws(Diagnostic) {
      return PullResult(
        image: try store.resolve(id), digest: digest, isNew: answer["isNew"]?.boolValue ?? true)
    } catch {
      throw RegistryError(.local, error)
    }
  }

  /// Pushes the image of a name.
  package func push(
    _ reference: Reference, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> PushResult {
    let answer = try ask("push", ["image": .string(reference.description)], cancellation)
    guard let digest = answer["digest"]?.stringValue.flatMap({ Digest($0) }),
      let size = answer["size"]?.intValue
    else { throw notUnderstood() }
    return PushResult(digest: digest, size: Int(size))
  }

  /// Which registry a text means, docker.io when there is none, and who is logged in there.
  package func account(
    _ server: String?, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> RegistryAccount {
    let answer = try ask(
      "account", ["server": server.map { .string($0) } ?? .null], cancellation)
    guard let domain = answer["domain"]?.stringValue else { throw notUnderstood() }
    return RegistryAccount(domain: domain, user: answer["user"]?.stringValue)
  }

  /// Checks that what is kept for a registry is still good; false when nothing is kept.
  package func checkLogin(
    _ domain: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Bool {
    try ask("check", ["server": .string(domain)], cancellation)["isIn"]?.boolValue ?? false
  }

  /// Checks credentials with the registry and keeps them.
  package func login(
    _ domain: String, user: String, secret: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> LoginResult {
    let answer = try ask(
      "login", ["server": .string(domain), "user": .string(user), "secret": .string(secret)],
      cancellation)
    return LoginResult(unencryptedFile: answer["file"]?.stringValue)
  }

  /// Forgets the credentials of a registry; false when there were none.
  package func logout(
    _ domain: String, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> Bool {
    try ask("logout", ["server": .string(domain)], cancellation)["wasIn"]?.boolValue ?? false
  }

  /// Fetches a file from the web; nil when the content is that of the known tag.
  package func fetch(
    _ request: RemoteFileRequest, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> RemoteFile? {
    let answer = try ask(
      "fetch",
      [
        "address": .string(request.address), "path": .string(request.path),
        "tag": request.knownTag.map { .string($0) } ?? .null, "limit": .integer(request.limit),
      ], cancellation)
    if answer["isUnchanged"]?.boolValue ?? false { return nil }
    guard let digest = answer["digest"]?.stringValue.flatMap({ Digest($0) }),
      let size = answer["size"]?.intValue
    else { throw notUnderstood() }
    return RemoteFile(
      digest: digest, size: size, modified: answer["modified"]?.intValue,
      tag: answer["tag"]?.stringValue, name: answer["name"]?.stringValue)
  }

  // MARK: The conversation

  private func ask(
    _ verb: String, _ request: JSON, _ cancellation: RegistryCancellation
  ) throws(RegistryError) -> JSON {
    var object = request.objectValue ?? JSONObject()
    object["verb"] = .string(verb)
    object["root"] = .string(layout.root)
    object["runRoot"] = .string(layout.runRoot)
    object["archive"] = .string(archiveProgram)
    let process: PidFD
    let output: OwnedDescriptor
    do throws(SyscallError) {
      (process, output) = try start(JSON.object(object), cancellation)
    } catch {
      throw RegistryError(.local, "cannot run \(path): \(error.reason)")
    }
    defer { cancellation.forget() }
    let answer = conversation(output.raw)
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
    _ request: JSON, _ cancellation: RegistryCancellation
  ) throws(SyscallError) -> (PidFD, OwnedDescriptor) {
    let input = try Descriptors.pipe()
    let output = try Descriptors.pipe()
    var spawn = SpawnRequest(path, [])
    spawn.environment = Spawn.currentEnvironment
    spawn.descriptors = [(input.read.raw, 0), (output.write.raw, 1), (2, 2)]
    let process = try Spawn.start(spawn)
    output.write.close()
    input.read.close()
    try Descriptors.writeAll(input.write.raw, Array((request.text() + "\n").utf8))
    cancellation.hold(input.write)
    return (process, output.read)
  }

  /// Passes on what the program says; returns the last that it said.
  private func conversation(_ descriptor: Int32) -> RegistryMessage? {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      pending += buffer[..<count]
      while let end = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[..<end])
        pending.removeSubrange(...end)
        guard let json = try? JSON.parse(line), let message = RegistryMessage(json: json) else {
          continue
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

  private func notUnderstood() -> RegistryError {
    RegistryError(
      .local, "\(path) gave an answer that is not understood",
      hint: "it must be of the same version as roost: install both again")
  }
}
