import Glibc
import Image
import Linux
import Model
import State
import Synchronization
import Transfer

/// The program `roost-registry`: one request as a line of JSON on standard input, what happens and
/// the answer as lines of JSON on standard output. When standard input ends, nobody wants the
/// answer any more.
package enum RegistryService {
  /// Serves the request and ends the process.
  package static func run() -> Never {
    // The process that asked may be gone, and Ctrl-C is for it to handle first.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGINT, SIG_IGN)
    TraceRequest.startIfAsked(process: "registry")
    let writer = MessageWriter()
    do throws(RegistryError) {
      let request = try readRequest()
      let cancellation = TransferCancellation()
      try watchInput(cancellation)
      writer.write(.answer(try answer(request, writer, cancellation)))
      exit(0)
    } catch {
      writer.write(.failure(error))
      exit(1)
    }
  }

  private static func answer(
    _ request: RegistryRequest, _ writer: MessageWriter, _ cancellation: TransferCancellation
  ) throws(RegistryError) -> RegistryAnswer {
    var settings = try RegistrySettings.current()
    try settings.trustNetwork(of: request.action)
    if Trace.isOn { settings.onRequest = { Trace.write(.registry, $0.description) } }
    let registry = Registry(settings, progress: writer, cancellation: cancellation)
    request.layout.nameInMessages()
    let store = ImageStore(layout: request.layout, archiveProgram: request.archiveProgram)
    switch request.action {
    case .pull(let image, let platform):
      return try pull(image, platform, registry, into: store)
    case .push(let image):
      let reference = try reference(image)
      let result = try registry.push(reference, from: store)
      return .pushed(digest: result.digest.description, size: Int64(result.size))
    case .fetch(let address, let path, let knownTag, let limit):
      return try fetch(
        RemoteFileRequest(address: address, path: path, knownTag: knownTag, limit: limit), registry)
    case .resolve(let image, _):
      return .resolved(digest: try registry.digest(of: try reference(image)).description)
    case .fetchArtifact(let name, let directory, _):
      let digest = try registry.fetchArtifact(try reference(name), into: directory)
      return .resolved(digest: digest.description)
    case .pushArtifact(let name, let directory, _):
      let result = try registry.pushArtifact(try reference(name), from: directory)
      return .pushed(digest: result.digest.description, size: Int64(result.size))
    case .account(let server):
      let domain = try server.map(domain) ?? Reference.defaultDomain
      return .account(domain: domain, user: try registry.user(of: domain))
    case .check(let server):
      return .checked(isLoggedIn: try registry.checkLogin(try domain(server)))
    case .login(let server, let user, let secret):
      let result = try registry.login(try domain(server), user: user, secret: secret)
      return .loggedIn(unencryptedFile: result.unencryptedFile)
    case .logout(let server):
      return .loggedOut(wasLoggedIn: try registry.logout(try domain(server)))
    }
  }

  private static func pull(
    _ image: String, _ platform: String?, _ registry: Registry, into store: ImageStore
  ) throws(RegistryError) -> RegistryAnswer {
    let wanted = try storing { () throws(Diagnostic) in
      PullRequest(
        try Reference(image),
        platform: try platform.map { text throws(Diagnostic) in try Platform(text) })
    }
    let result = try registry.pull(wanted, into: store)
    return .pulled(
      id: result.image.id.hex, digest: result.digest.description, isNew: result.isNew)
  }

  private static func fetch(
    _ request: RemoteFileRequest, _ registry: Registry
  ) throws(RegistryError) -> RegistryAnswer {
    guard let file = try registry.fetch(request) else { return .unchanged }
    return .fetched(
      RegistryAnswer.File(
        digest: file.digest.description, size: file.size, modified: file.modified, tag: file.tag,
        name: file.name))
  }

  private static func reference(_ image: String) throws(RegistryError) -> Reference {
    try storing { () throws(Diagnostic) in try Reference(image) }
  }

  private static func domain(_ server: String) throws(RegistryError) -> String {
    try Registry.domain(of: server)
  }

  // MARK: Input

  private static let requestLimit = 1 << 20

  /// Reads the line of the request, and nothing after it.
  private static func readRequest() throws(RegistryError) -> RegistryRequest {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < requestLimit {
      let count = read(0, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1, byte != 0x0A else { break }
      line.append(byte)
    }
    do throws(MessageError) {
      return try RegistryRequest(json: (try? JSON.parse(line)) ?? .null)
    } catch {
      throw RegistryError(.local, error.diagnostic)
    }
  }

  private static func watchInput(
    _ cancellation: TransferCancellation
  ) throws(RegistryError) {
    do throws(SyscallError) {
      try WorkerThread.detach {
        var byte: UInt8 = 0
        while true {
          let count = read(0, &byte, 1)
          if count == 0 || (count < 0 && errno != EINTR) { return cancellation.cancel() }
        }
      }
      // The language waits for threads of its own without an end when there can be none.
      try WorkerThread.check(atOnce: 2 + max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    } catch {
      throw RegistryError(.local, "cannot begin a transfer: \(error)")
    }
  }
}

extension RegistrySettings {
  /// Speaks to the registry of a request without encryption or without looking at its certificate,
  /// where the request says so.
  fileprivate mutating func trustNetwork(
    of action: RegistryRequest.Action
  ) throws(RegistryError) {
    switch action {
    case .resolve(let name, true), .fetchArtifact(let name, _, true),
      .pushArtifact(let name, _, true):
      let domain = try storing { () throws(Diagnostic) in try Reference(name).domain }
      rules[domain, default: Rule()].allowsPlainHTTP = true
      rules[domain, default: Rule()].skipsVerification = true
    default: return
    }
  }
}

/// Writes messages to standard output, each in one piece.
private final class MessageWriter: TransferProgress {
  private let lock = Mutex(())

  func write(_ message: RegistryMessage) {
    let line = Array((message.json.text() + "\n").utf8)
    lock.withLock { _ in
      // A reader that is gone has closed our input too, which ends the work.
      try? Descriptors.writeAll(1, line)
    }
  }

  func report(_ layer: String, _ phase: TransferPhase) { write(.layer(layer, phase)) }
  func announce(_ line: String) { write(.announcement(line)) }
  func warn(_ diagnostic: Diagnostic) { write(.warning(diagnostic)) }
}
