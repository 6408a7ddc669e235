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
    // Whoever asked may be gone; and Ctrl-C is theirs to hear of first.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGINT, SIG_IGN)
    TraceRequest.startIfAsked(process: "registry")
    let voice = MessageWriter()
    do throws(RegistryError) {
      let request = try readRequest()
      let cancellation = TransferCancellation()
      watchInput(cancellation)
      voice.write(.answer(try answer(request, voice, cancellation)))
      exit(0)
    } catch {
      voice.write(.failure(error))
      exit(1)
    }
  }

  private typealias Verb = @Sendable (JSON, Registry) throws(RegistryError) -> JSON

  private static let verbs: [String: Verb] = [
    "pull": { request, registry throws(RegistryError) in try pull(request, registry) },
    "push": { request, registry throws(RegistryError) in try push(request, registry) },
    "fetch": { request, registry throws(RegistryError) in try fetch(request, registry) },
    "account": { request, registry throws(RegistryError) in try account(request, registry) },
    "check": { request, registry throws(RegistryError) in
      ["isIn": .bool(try registry.checkLogin(try server(request)))]
    },
    "login": { request, registry throws(RegistryError) in try login(request, registry) },
    "logout": { request, registry throws(RegistryError) in
      ["wasIn": .bool(try registry.logout(try server(request)))]
    },
  ]

  private static func answer(
    _ request: JSON, _ voice: MessageWriter, _ cancellation: TransferCancellation
  ) throws(RegistryError) -> JSON {
    guard let verb = verbs[request["verb"]?.stringValue ?? ""] else {
      throw RegistryError(
        .local,
        "roost-registry is run by roost and knows " + verbs.keys.sorted().joined(separator: ", "))
    }
    var settings = try RegistrySettings.current()
    if Trace.isOn { settings.onRequest = { Trace.write(.registry, $0.description) } }
    let registry = Registry(settings, progress: voice, cancellation: cancellation)
    return try verb(request, registry)
  }

  private static func pull(
    _ request: JSON, _ registry: Registry
  ) throws(RegistryError) -> JSON {
    let wanted = try storing { () throws(Diagnostic) in
      PullRequest(
        try Reference(request["image"]?.stringValue ?? ""),
        platform: try request["platform"]?.stringValue.map { text throws(Diagnostic) in
          try Platform(text)
        })
    }
    let result = try registry.pull(wanted, into: store(request))
    return [
      "id": .string(result.image.id.hex), "digest": .string(result.digest.description),
      "isNew": .bool(result.isNew),
    ]
  }

  private static func push(
    _ request: JSON, _ registry: Registry
  ) throws(RegistryError) -> JSON {
    let reference = try storing { () throws(Diagnostic) in
      try Reference(request["image"]?.stringValue ?? "")
    }
    let result = try registry.push(reference, from: store(request))
    return [
      "digest": .string(result.digest.description), "size": .integer(Int64(result.size)),
    ]
  }

  private static func fetch(
    _ request: JSON, _ registry: Registry
  ) throws(RegistryError) -> JSON {
    let wanted = RemoteFileRequest(
      address: request["address"]?.stringValue ?? "", path: request["path"]?.stringValue ?? "",
      knownTag: request["tag"]?.stringValue, limit: request["limit"]?.intValue ?? 0)
    guard let file = try registry.fetch(wanted) else { return ["isUnchanged": true] }
    return [
      "digest": .string(file.digest.description), "size": .integer(file.size),
      "modified": file.modified.map { .integer($0) } ?? .null,
      "tag": file.tag.map { .string($0) } ?? .null,
      "name": file.name.map { .string($0) } ?? .null,
    ]
  }

  private static func account(
    _ request: JSON, _ registry: Registry
  ) throws(RegistryError) -> JSON {
    let domain = try server(request)
    let user = try registry.user(of: domain)
    return ["domain": .string(domain), "user": user.map { .string($0) } ?? .null]
  }

  private static func login(
    _ request: JSON, _ registry: Registry
  ) throws(RegistryError) -> JSON {
    let result = try registry.login(
      try server(request), user: request["user"]?.stringValue ?? "",
      secret: request["secret"]?.stringValue ?? "")
    return ["file": result.unencryptedFile.map { .string($0) } ?? .null]
  }

  private static func server(_ request: JSON) throws(RegistryError) -> String {
    guard let text = request["server"]?.stringValue else { return Reference.defaultDomain }
    return try Registry.domain(of: text)
  }

  private static func store(_ request: JSON) -> ImageStore {
    ImageStore(
      layout: Layout(
        root: request["root"]?.stringValue ?? Layout.defaultRoot,
        runRoot: request["runRoot"]?.stringValue ?? Layout.defaultRunRoot),
      archiveProgram: request["archive"]?.stringValue ?? "")
  }

  // MARK: Input

  private static let requestLimit = 1 << 20

  /// Reads the line of the request, and nothing after it.
  private static func readRequest() throws(RegistryError) -> JSON {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < requestLimit {
      let count = read(0, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1, byte != 0x0A else { break }
      line.append(byte)
    }
    guard let request = try? JSON.parse(line) else {
      throw RegistryError(.local, "roost-registry is run by roost, not by hand")
    }
    return request
  }

  private static func watchInput(_ cancellation: TransferCancellation) {
    WorkerThread.start {
      var byte: UInt8 = 0
      while true {
        let count = read(0, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { return cancellation.cancel() }
      }
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
