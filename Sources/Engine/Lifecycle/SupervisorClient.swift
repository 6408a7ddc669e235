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
  /// How long one that is told to end may take.
  private static let endMilliseconds: Int32 = 2000

  init(_ engine: Engine, project: String) {
    self.engine = engine
    self.project = project
  }

  /// The supervisor, if it runs.
  private var record: SupervisorRecord? {
    let record = SupervisorRecord.readIfUsable(engine.layout.supervisorPID(project))
    return record?.process.isAlive == true ? record : nil
  }

  /// The supervisor's process, if it runs.
  var process: ProcessIdentity? { record?.process }

  /// Notes that the project is up, and starts the supervisor unless it runs. Does not wait for it.
  ///
  /// One of an older version, as an update of roost leaves it, is replaced: the new one takes up
  /// the containers that run.
  func ensureRunning() throws(EngineError) {
    let layout = engine.layout
    // One of a newer roost is left alone, with what it looks after.
    _ = try readingRecords { () throws(RecordError) in
      try SupervisorRecord.read(layout.supervisorPID(project))
    }
    if let record { try checkVersion(record) }
    try explaining("start the supervisor of project \(project)") { () throws(SyscallError) in
      try Files.makeDirectories(layout.projectRun(project), mode: 0o700)
      try Files.makeDirectories(layout.project(project), mode: 0o700)
      try Files.write(layout.supervisorDesired(project), Array("up".utf8), mode: 0o600)
      if let record {
        guard record.messages < MessageVersion.current else { return }
        try end(record.process)
      }
      try start()
    }
  }

  /// Starts the supervisor of a project that is up and whose supervisor is gone. One that is taken
  /// down meanwhile stays down.
  func bringBack() throws(EngineError) {
    try explaining("start the supervisor of project \(project) again") {
      () throws(SyscallError) in try start()
    }
  }

  private func start() throws(SyscallError) {
    let start = SupervisorStart(
      executable: engine.executables.roost, layout: engine.layout, project: project)
    let pid = try start.run()
    started.withLock { $0 = ProcessIdentity(of: pid) }
  }

  /// Replaces a supervisor of an older version. Does nothing when there is none.
  func replaceIfOlder() throws(EngineError) {
    if let record, record.messages < MessageVersion.current { try ensureRunning() }
  }

  private func checkVersion(_ record: SupervisorRecord) throws(EngineError) {
    do throws(MessageError) {
      try MessageVersion.refuseNewer(
        record.messages, of: "the supervisor of project \(project)")
    } catch {
      throw EngineError([error.diagnostic])
    }
  }

  /// Ends a supervisor; its containers go on.
  private func end(_ process: ProcessIdentity) throws(SyscallError) {
    guard let supervisor = try PidFD.open(process) else { return }
    try? supervisor.signal(SIGTERM)
    guard try !supervisor.waitForEnd(timeoutMilliseconds: Self.endMilliseconds) else { return }
    try? supervisor.signal(SIGKILL)
    _ = try supervisor.waitForEnd(timeoutMilliseconds: Self.endMilliseconds)
  }

  /// True while one that was started may still be on its way.
  private var isStarting: Bool { started.withLock { $0 }?.isAlive ?? false }

  /// Has the supervisor look after containers that are about to start: their names are answered
  /// and their ports are held when this returns.
  func watch(_ containers: [ObjectID]) throws(EngineError) {
    try replaceIfOlder()
    try request(containers, startingIt: true) { .watch($0) }
  }

  /// Has the supervisor leave containers alone that are about to be stopped: a restart that is
  /// due is called off. Without a supervisor there is nothing to call off.
  func release(_ containers: [ObjectID]) throws(EngineError) {
    let running = try explaining("look for the supervisor of project \(project)") {
      () throws(SyscallError) in try knownProcess()
    }
    guard running != nil else { return }
    do { try request(containers, startingIt: false) { .release($0) } } catch {
      // It ended meanwhile, and with it whatever it was about to do.
      guard process != nil else { return }
      throw error
    }
  }

  /// Has the supervisor serve containers that run as they are connected now.
  func refresh(_ containers: [ObjectID]) throws(EngineError) {
    try replaceIfOlder()
    try request(containers, startingIt: true) { .refresh($0) }
  }

  private func request(
    _ containers: [ObjectID], startingIt: Bool, _ make: ([ObjectID]) -> SupervisorRequest
  ) throws(EngineError) {
    var rest = containers[...]
    while !rest.isEmpty {
      let message = make(Array(rest.prefix(SupervisorRequest.batch)))
      rest = rest.dropFirst(SupervisorRequest.batch)
      let reply = try exchange(message, startingIt: startingIt)
      if case .failed(let failures) = try understand(reply) {
        throw EngineError(failures.map { Diagnostic(.error, $0) })
      }
    }
  }

  private func understand(_ packet: [UInt8]) throws(EngineError) -> SupervisorReply {
    do throws(MessageError) {
      if let reply = try SupervisorReply(packet: packet) { return reply }
      throw .notUnderstood("the supervisor", "it is not JSON")
    } catch {
      throw EngineError([error.diagnostic])
    }
  }

  /// Sends a message and waits for the answer; once more when the supervisor was replaced, also by us
  /// because it was stuck.
  private func exchange(
    _ message: SupervisorRequest, startingIt: Bool
  ) throws(EngineError) -> [UInt8] {
    var end = Clock.monotonicNanoseconds() + Self.patience
    var isPatient = true
    var pauses = BackOff(first: 1_000_000, longest: 50_000_000)
    while true {
      do {
        return try explaining("reach the supervisor of project \(project)") {
          () throws(SyscallError) in
          do throws(SyscallError) { return try attempt(message) } catch {
            if error.errno == ETIMEDOUT, isPatient {
              isPatient = false
              end = Clock.monotonicNanoseconds() + Self.patience
            }
            throw error
          }
        }
      } catch {
        // One that was killed may be back already.
        guard startingIt || process != nil, Clock.monotonicNanoseconds() < end else {
          var error = error
          let log = engine.layout.supervisorLog(project)
          if Files.exists(log) { error.diagnostics[0].hint = "\(log) may say why" }
          throw error
        }
        if engine.interruption.isInterrupted { throw .interrupted }
      }
      if startingIt, process == nil, !isStarting { try ensureRunning() }
      usleep(UInt32(pauses.next(quickly: 100) / 1000))
    }
  }

  private func attempt(_ message: SupervisorRequest) throws(SyscallError) -> [UInt8] {
    let outcome = connection.withLock { socket -> Result<[UInt8], SyscallError> in
      do throws(SyscallError) {
        let path = engine.layout.supervisorSocket(project)
        let open: OwnedDescriptor
        if let socket { open = socket } else { open = try UnixSocket.connect(path, .messages) }
        socket = open
        try UnixSocket.send(open.raw, message.packet)
        try awaitReply(open.raw, path)
        let reply = try UnixSocket.receive(open.raw, atMost: SupervisorReply.maximumLength).bytes
        guard !reply.isEmpty else {
          throw SyscallError("recv", path: path, errno: ECONNRESET)
        }
        return .success(reply)
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
      guard try Files.isPresent(engine.layout.projectRun(project)) else { return }
      try Files.write(
        engine.layout.supervisorDesired(project), Array("down".utf8), mode: 0o600)
      // One that was just started may not have come as far as to take the lock.
      if let process = started.withLock({ $0 }), process.isAlive { try end(process) }
      try endHolder()
    }
  }

  /// Ends whoever has the lock that each supervisor holds to its end: the file with its pid may be
  /// missing, or not be there yet.
  private func endHolder() throws(SyscallError) {
    let path = engine.layout.supervisorLock(project)
    let latest = Clock.monotonicNanoseconds() + Self.patience
    while true {
      if let process = try knownProcess() {
        try end(process)
      } else if let process = try holder(of: path) {
        try end(process)
      }
      if let lock = try FileLock.tryAcquire(path) { return lock.release() }
      guard Clock.monotonicNanoseconds() < latest else {
        throw SyscallError("flock", path: path, errno: ETIMEDOUT)
      }
      usleep(2000)
    }
  }

  /// The supervisor by its file, if it runs.
  private func knownProcess() throws(SyscallError) -> ProcessIdentity? {
    let path = engine.layout.supervisorPID(project)
    guard let process = try SupervisorRecord.readIfKnown(path)?.process,
      try process.checkAlive()
    else { return nil }
    return process
  }

  /// The process that says in the lock's file that it has the lock, if it is a supervisor of the
  /// project: another process may have its pid by now.
  private func holder(of lock: String) throws(SyscallError) -> ProcessIdentity? {
    guard let pid = FileLock.owner(lock), let identity = ProcessIdentity(of: pid) else {
      return nil
    }
    let words = ProcessTable.arguments(pid).dropFirst()
    let expected = SupervisorStart(
      executable: engine.executables.roost, layout: engine.layout, project: project
    ).arguments
    return Array(words) == expected ? identity : nil
  }
}
