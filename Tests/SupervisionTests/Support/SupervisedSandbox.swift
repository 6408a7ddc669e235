import Glibc
import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@testable import Supervision

/// Notes what a supervisor has done to the machine, and does nothing to it.
final class NotedDuties: SupervisorDuties, Sendable {
  private let calls = Mutex<[String]>([])

  /// What was done so far: `tidy NAME`, and `end` for the end of the project.
  var done: [String] { calls.withLock { $0 } }

  func tidy(_ record: ContainerRecord) -> [String] {
    calls.withLock { $0.append("tidy \(record.name)") }
    return []
  }

  func projectEnded() -> [String] {
    calls.withLock { $0.append("end") }
    return []
  }

  // Other tests change the packet filter of the machine at the same time.
  func packetFilterChanged() -> [String] { [] }
}

/// The project `p` in directories of its own, and its supervisor on a thread of its own.
///
/// There is no program to run containers with, as after an update that went wrong; so no root is
/// needed, and whatever needs that program fails.
final class SupervisedSandbox: Sendable {
  static let project = "p"
  private let files: TemporaryDirectory
  private let outcome = ConditionLock<Result<Void, SyscallError>?>(nil)
  let layout: Layout
  let duties = NotedDuties()

  init() throws {
    files = try TemporaryDirectory()
    layout = files.layout
    for directory in [layout.projectRun(Self.project), layout.project(Self.project), layout.locks] {
      try Files.makeDirectories(directory)
    }
  }

  // MARK: Containers

  /// Makes a container that the user wants to run, with nothing of a run.
  @discardableResult
  func add(
    _ service: String, _ change: (inout ContainerRecord) -> Void = { _ in }
  ) throws -> ContainerRecord {
    var record = ContainerRecord(
      id: .random(), name: "p-\(service)-1", project: Self.project, service: service, number: 1,
      created: Clock.now(), image: service, imageID: "image", configHash: "hash")
    change(&record)
    let place = layout.container(record.id)
    try Files.makeDirectories(place.state)
    try Files.makeDirectories(place.run)
    try record.write(place.record)
    try DesiredState.running.write(place)
    return record
  }

  /// Writes how a run of a container ended that has just taken place.
  func end(_ record: ContainerRecord, code: Int32) throws {
    let now = Clock.now()
    try ExitRecord(code: code, startedAt: now, finishedAt: now)
      .write(layout.container(record.id).exit)
  }

  /// What is kept of a container's restarts.
  func restarts(_ record: ContainerRecord) -> RestartRecord? {
    RestartRecord.readIfUsable(layout.container(record.id).restarts)
  }

  /// What happened to a container, in the order of time: `die 1`, `health_status: healthy`.
  func events(_ record: ContainerRecord) throws -> [String] {
    try EventJournal(layout: layout, project: Self.project).events().filter { $0.id == record.id }
      .map { event in
        event.attributes["exitCode"].map { "\(event.action) \($0)" } ?? event.action
      }
  }

  // MARK: The supervisor

  /// Starts the supervisor while `body` runs as a command that has the project, and waits until
  /// both have ended: the supervisor does so once nothing is left to look after.
  func supervise(_ body: () throws -> Void = {}) throws {
    let lock = try FileLock.acquire(layout.projectLock(Self.project))
    let thread = try start()
    do {
      defer { lock.release() }
      // It answers once it has taken up what was there.
      try #require(
        eventually { (try? ask(.release([]))) == .done }, "the supervisor does not answer")
      try body()
    }
    try #require(eventually { outcome.with { $0 != nil } }, "the supervisor does not end")
    thread.join()
    try outcome.with { $0 }?.get()
  }

  private func start() throws -> WorkerThread {
    let (layout, duties, outcome) = (layout, duties, outcome)
    return try WorkerThread {
      do throws(SyscallError) {
        let project = SupervisedProject(
          Self.project, layout: layout, shim: "\(layout.root)/no-such-program")
        try SupervisorProcess(project, duties: duties).run()
        outcome.with { $0 = .success(()) }
      } catch {
        outcome.with { $0 = .failure(error) }
      }
    }
  }

  private func connect() throws(SyscallError) -> OwnedDescriptor {
    try UnixSocket.connect(layout.supervisorSocket(Self.project), .messages)
  }

  /// What the supervisor says to a packet.
  func ask(_ packet: [UInt8]) throws -> SupervisorReply {
    let socket = try connect()
    try UnixSocket.send(socket.raw, packet)
    let reply = try UnixSocket.receive(socket.raw, atMost: SupervisorReply.maximumLength).bytes
    return try #require(try SupervisorReply(packet: reply))
  }

  /// What the supervisor says to a request.
  func ask(_ request: SupervisorRequest) throws -> SupervisorReply { try ask(request.packet) }
}
