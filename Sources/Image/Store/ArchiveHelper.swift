import Glibc
import Linux
import Model
import State

/// Runs `roost-archive`, which alone knows libarchive and touches what images bring along.
struct ArchiveHelper: Sendable {
  /// The path of the program.
  let program: String
  /// Called now and again with how many bytes it read since the last call.
  var onRead: (@Sendable (Int64) -> Void)?

  /// Starts the program on a request.
  ///
  /// `descriptors` are those the request speaks of. The working directory's lock goes along, so
  /// that nobody sweeps the directory while a helper outlives us.
  func start(
    _ request: ArchiveRequest, in work: WorkDirectory,
    descriptors: [(from: Int32, to: Int32)] = [], doing action: String? = nil
  ) throws(Diagnostic) -> ArchiveJob {
    do throws(SyscallError) {
      let name = "request-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
      let path = "\(work.path)/\(name)"
      try Files.write(path, request.json.utf8())
      let input = try Files.open(path, O_RDONLY)
      try Files.remove(path)
      let output = try Descriptors.pipe()
      var spawn = SpawnRequest(program, [])
      spawn.environment = ["LC_ALL=C.UTF-8"] + TraceLog.environment + WrittenPlaces.environment
      spawn.descriptors = [(input.raw, 0), (output.write.raw, 1), (2, 2), (work.lock.raw, 3)]
      spawn.descriptors += descriptors
      let process = try Spawn.start(spawn)
      return ArchiveJob(
        process: process, output: output.read, action: action ?? request.action, onRead: onRead)
    } catch {
      throw Diagnostic(error, while: "run \(program)")
    }
  }

  /// Runs the program to its end and returns its answer.
  func run(
    _ request: ArchiveRequest, in work: WorkDirectory,
    descriptors: [(from: Int32, to: Int32)] = [], doing action: String? = nil
  ) throws(Diagnostic) -> ArchiveAnswer {
    try start(request, in: work, descriptors: descriptors, doing: action).finish()
  }
}

/// A running `roost-archive`; it is killed when this object goes before its end.
final class ArchiveJob: @unchecked Sendable {
  private let process: PidFD
  private let output: OwnedDescriptor
  /// What it does, for messages.
  private let action: String
  private let patienceMilliseconds: Int32
  private let onRead: (@Sendable (Int64) -> Void)?
  /// What to say where a member was refused.
  var refusedHint: String? = "the image is damaged or made to do harm"
  private var isReaped = false

  /// How long it may do nothing at all: what it reads may come from far away.
  private static let patienceMilliseconds: Int32 = 600_000

  init(
    process: PidFD, output: OwnedDescriptor, action: String,
    patienceMilliseconds: Int32 = patienceMilliseconds,
    onRead: (@Sendable (Int64) -> Void)? = nil
  ) {
    self.onRead = onRead
    self.process = process
    self.output = output
    self.action = action
    self.patienceMilliseconds = patienceMilliseconds
  }

  deinit {
    guard !isReaped else { return }
    try? process.signal(SIGKILL)
    _ = try? process.reap()
  }

  /// Ends the program now; `finish` then throws.
  func kill() { try? process.signal(SIGKILL) }

  /// Waits for the end and returns the answer, which is not a failure.
  func finish() throws(Diagnostic) -> ArchiveAnswer {
    let answer = try answer()
    if case .failed(let failure) = answer { throw diagnostic(failure) }
    return answer
  }

  /// Waits for the end and returns the answer, which may be a failure.
  func answer() throws(Diagnostic) -> ArchiveAnswer {
    let bytes = try awaitAnswer()
    let status = try diagnosing(action) { () throws(SyscallError) in try process.reap() }
    isReaped = true
    guard let json = try? JSON.parse(bytes) else {
      throw Diagnostic(
        .error, "roost-archive ended with status \(status.code)",
        hint: status.signal.map { "it was killed by \(Signals.name(of: $0))" })
    }
    do throws(MessageError) { return try ArchiveAnswer(json: json) } catch {
      throw error.diagnostic
    }
  }

  private static let meterMilliseconds: Int32 = 200

  /// Tells how much it reads, until it answers or reads no more.
  private func meter(_ onRead: (Int64) -> Void) {
    var last: Int64 = 0
    var idle: Int32 = 0
    while idle < patienceMilliseconds {
      var entry = [pollfd(fd: output.raw, events: Int16(POLLIN), revents: 0)]
      let isOver = try? Descriptors.poll(&entry, timeoutMilliseconds: Self.meterMilliseconds)
      guard isOver == false, let now = ProcessTable.bytesRead(process.pid) else { return }
      idle = now == last ? idle + Self.meterMilliseconds : 0
      if now > last { onRead(now - last) }
      last = now
    }
  }

  private func awaitAnswer() throws(Diagnostic) -> [UInt8] {
    if let onRead { meter(onRead) }
    var watch = StallWatch(
      process, program: "roost-archive", patienceMilliseconds: patienceMilliseconds)
    do throws(SyscallError) { return try watch.readAll(output.raw, limit: 16 << 20) } catch {
      guard error.errno == ETIMEDOUT else { throw Diagnostic(error, while: action) }
      throw Diagnostic(
        .error,
        "cannot \(action): roost-archive did nothing for \(patienceMilliseconds / 1000) seconds "
          + "and is ended: \(error)")
    }
  }

  /// A failure as a message.
  func diagnostic(_ failure: ArchiveFailure) -> Diagnostic {
    switch failure.kind {
    case .system(let call, let errno, let path):
      Diagnostic(
        SyscallError(call, path: path, errno: errno), while: action, shortage: failure.shortage)
    case .tooLarge:
      Diagnostic(
        .error, failure.message,
        hint: "if the image is to be trusted, raise the limit with ROOST_LAYER_SIZE_LIMIT=BYTES")
    case .refused:
      Diagnostic(.error, failure.message, hint: refusedHint)
    case .unreadable: Diagnostic(.error, failure.message)
    case .request(let hint):
      Diagnostic(.error, failure.message, hint: hint.isEmpty ? nil : hint)
    }
  }
}

extension ArchiveRequest {
  /// What is being done, for messages.
  fileprivate var action: String {
    switch self {
    case .unpack: "unpack the layer"
    case .pack: "pack the layer"
    case .copy: "copy files into the image"
    case .list: "look at the files of the image"
    case .decompress, .compress: "convert the layer"
    case .send(let sending): "copy from \(sending.place.text)"
    case .receive(let receiving): "copy to \(receiving.place.text)"
    }
  }
}

extension ArchiveAnswer {
  /// An answer to another question than the one that was asked.
  var unexpected: Diagnostic {
    MessageError.notUnderstood("roost-archive", "it answers another request").diagnostic
  }
}
