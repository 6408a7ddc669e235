import Glibc
import Linux
import Model
import State
import Synchronization

/// Talks to the supervisor of a project, and starts it when it is missing.
final class SupervisorClient: Sendable {
  private let engine: Engine
  private let project: String
  private let connection = Mutex<OwnedDescriptor?>(nil)
  /// The supervisor that this client started, which says so itself only after a while.
  private let started = Mutex<ProcessIdentity?>(nil)

  /// How long a new supervisor may take until it listens.
  private static let patience: UInt64 = 10_000_000_000
  /// How long an answer may take; it takes a millisecond a container.
  private static let replyMilliseconds: Int32 = 10_000
  private static let largestReply = 64 * 1024
  /// So many ids fit into one message.
  private static let batch = 256

  init(_ engine: Engine, project: String) {
    self.engine = engine
    self.project = project
  }

  /// The supervisor's arguments, behind the program's name.
  static func arguments(_ layout: Layout, project: String) -> [String] {
    ["__supervise", layout.root, layout.runRoot, project]
  }

  /// The supervisor, if it runs.
  var process: ProcessIdentity? {
    let identity = ProcessIdentity.readIfUsable(engine.layout.supervisorPID(project))
    return identity?.isAlive == true ? identity : nil
  }

  /// Notes that the project is up, and starts the supervisor unless it runs. Does not wait for it.
  func ensureRunning() throws(EngineError) {
    let layout = engine.layout
    try explaining("start the supervisor of project \(project)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.projectRun(project), mode: 0o710)
      try Files.makeDirectories(layout.project(project), mode: 0o710)
      try Files.write(layout.supervisorDesired(project), Array("up".utf8), mode: 0o600)
      guard process == nil else { return }
      let null = try Files.open("/dev/null", O_RDWR)
      let log = try Files.open(
        layout.supervisorLog(project), O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
      var request = SpawnRequest(
        engine.executables.roost, Self.arguments(layout, project: project),
        descriptors: [(null.raw, 0), (null.raw, 1), (log.raw, 2)])
      request.newSession = true
      request.directory = "/"
      request.environment = TraceLog.environment
      let pid = try Spawn.detach(request)
      started.withLock { $0 = ProcessIdentity(of: pid) }
    }
  }

  /// True while one that was started may still be on its way.
  private var isStarting: Bool { started.withLock { $0 }?.isAlive ?? false }

  /// Has the supervisor look after containers that are about to start: their names are answered
  /// and their ports are held when this returns.
  func watch(_ containers: [ObjectID]) throws(EngineError) {
    try request("watch", containers, startingIt: true)
  }

  /// Has the supervisor leave containers alone that are about to be stopped: a restart that is
  /// due is called off. Without a supervisor there is nothing to call off.
  func release(_ containers: [ObjectID]) throws(EngineError) {
    guard process != nil else { return }
    do { try request("release", containers, startingIt: false) } catch {
      // It ended meanwhile, and with it whatever it was about to do.
      guard process != nil else { return }
      throw error
    }
  }

  private func request(
    _ verb: String, _ containers: [ObjectID], startingIt: Bool
  ) throws(EngineError) {
    var rest = containers[...]
    while !rest.isEmpty {
      let message: JSON = [
        "verb": .string(verb), "containers": .strings(rest.prefix(Self.batch).map(\.hex)),
      ]
      rest = rest.dropFirst(Self.batch)
      let reply = try exchange(message, startingIt: startingIt)
      let failures = reply["failures"]?.arrayValue?.compactMap(\.stringValue) ?? []
      guard failures.isEmpty else {
        throw EngineError(failures.map { Diagnostic(.error, $0) })
      }
    }
  }

  /// Sends a message and waits for the answer; once more when the supervisor was replaced.
  private func exchange(_ message: JSON, startingIt: Bool) throws(EngineError) -> JSON {
    let end = Clock.monotonicNanoseconds() + Self.patience
    var pauses = BackOff(first: 1_000_000, longest: 50_000_000)
    while true {
      do {
        return try explaining("reach the supervisor of project \(project)") {
          () throws(SyscallError) in try attempt(message)
        }
      } catch {
        guard startingIt, Clock.monotonicNanoseconds() < end else {
          var error = error
          let log = engine.layout.supervisorLog(project)
          if Files.exists(log) { error.diagnostics[0].hint = "\(log) may say why" }
          throw error
        }
        if engine.interruption.isInterrupted { throw .interrupted }
      }
      if process == nil, !isStarting { try ensureRunning() }
      usleep(UInt32(pauses.next(quickly: 100) / 1000))
    }
  }

  private func attempt(_ message: JSON) throws(SyscallError) -> JSON {
    let outcome = connection.withLock { socket -> Result<JSON, SyscallError> in
      do throws(SyscallError) {
        let path = engine.layout.supervisorSocket(project)
        let open: OwnedDescriptor
        if let socket { open = socket } else { open = try UnixSocket.connect(path, .messages) }
        socket = open
        try UnixSocket.send(open.raw, message.utf8())
        try awaitReply(open.raw, path)
        let reply = try UnixSocket.receive(open.raw, atMost: Self.largestReply).bytes
        guard !reply.isEmpty, let json = try? JSON.parse(reply) else {
          throw SyscallError("recv", path: path, errno: ECONNRESET)
        }
        return .success(json)
      } catch {
        socket = nil
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  /// Waits for an answer. A supervisor that gives none is stuck; it may be killed at any time, and
  /// a new one takes over.
  private func awaitReply(_ socket: Int32, _ path: String) throws(SyscallError) {
    var entry = [pollfd(fd: socket, events: Int16(POLLIN), revents: 0)]
    guard try !Descriptors.poll(&entry, timeoutMilliseconds: Self.replyMilliseconds) else { return }
    if let identity = process, let supervisor = try? PidFD(identity) {
      try? supervisor.signal(SIGKILL)
      _ = try? supervisor.waitForEnd(timeoutMilliseconds: Self.replyMilliseconds)
    }
    throw SyscallError("recv", path: path, errno: ETIMEDOUT)
  }

  /// Ends the supervisor and waits until it is gone. The project counts as down from here on.
  func end() throws(EngineError) {
    try explaining("end the supervisor of project \(project)") { () throws(SyscallError) in
      guard Files.exists(engine.layout.projectRun(project)) else { return }
      try Files.write(
        engine.layout.supervisorDesired(project), Array("down".utf8), mode: 0o600)
      guard let identity = process, let supervisor = try? PidFD(identity) else { return }
      try? supervisor.signal(SIGTERM)
      guard try !supervisor.waitForEnd(timeoutMilliseconds: 2000) else { return }
      try? supervisor.signal(SIGKILL)
      _ = try supervisor.waitForEnd(timeoutMilliseconds: 2000)
    }
  }
}
