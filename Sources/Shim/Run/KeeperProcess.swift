import Glibc
import Linux
import Model
import Runtime
import State

/// A tiny process beside the shim, for the time in which that was killed and has no successor.
///
/// It is the parent of the container's first process and never waits for it, so that the kernel
/// keeps how that ended for whoever asks. It has the pipes open, so that what is in them outlives
/// program and shim, and the terminal or standard input, so that a program does not see its input
/// end. When nobody gives the container another shim, it does. It ends when the end of the container
/// is recorded.
struct KeeperProcess {
  // The numbers under which it holds descriptors, for pidfd_getfd.
  private static let input: Int32 = 10
  private static let program: Int32 = 11
  private static let output: Int32 = 12
  private static let errors: Int32 = 13
  private static let shim: Int32 = 14
  private static let word: Int32 = 15
  // Where descriptors are on their way to these numbers.
  private static let aside: Int32 = 64

  /// What the shim says to it, with or without a descriptor.
  private enum Request: UInt8 {
    /// Hold the descriptor that comes along as the container's input.
    case hold = 0x68
    /// Let go of the container's input.
    case drop = 0x64
  }

  /// The process, whose end may be waited for.
  let process: PidFD
  /// Where it takes requests from the shim that started it.
  private let channel: OwnedDescriptor?

  // MARK: - Making one

  /// Starts a keeper that has a container's first process made.
  ///
  /// - Parameters:
  ///   - makeFirst: is called in the keeper, and splits the first process off.
  ///   - first: is what the first process does.
  static func start(
    _ container: ContainerLayout, holding streams: ContainerStreams, until word: StartWord,
    makeFirst: () throws(LaunchFailure) -> PidFD?, first: () -> Never
  ) throws(LaunchFailure) -> (keeper: KeeperProcess, first: PidFD) {
    let (ours, theirs) = try stage("shim") { () throws(SyscallError) in
      try UnixSocket.pair(.messages)
    }
    guard let process = try stage("shim", { () throws(SyscallError) in try Fork.start() }) else {
      ours.close()
      let made: PidFD?
      do throws(LaunchFailure) { made = try makeFirst() } catch {
        _ = try? UnixSocket.send(theirs.raw, LaunchReport.failed(error).line)
        _exit(0)
      }
      guard let made else {
        theirs.close()
        first()
      }
      _ = try? UnixSocket.send(theirs.raw, Array("\(made.pid)".utf8), descriptors: [made.raw])
      hold(container, made, streams, input: nil, theirs, word)
    }
    theirs.close()
    return (
      KeeperProcess(process: process, channel: ours), try receiveFirst(ours)
    )
  }

  private static func receiveFirst(_ channel: OwnedDescriptor) throws(LaunchFailure) -> PidFD {
    let said = try stage("shim") { () throws(SyscallError) in
      try Descriptors.awaitInput(
        channel.raw, for: "recvmsg", timeoutMilliseconds: WaitLimit.preparation)
      return try UnixSocket.receive(channel.raw)
    }
    if let descriptor = said.descriptors.first,
      let pid = Int32(String(decoding: said.bytes, as: UTF8.self))
    {
      return PidFD(pid: pid, descriptor: descriptor)
    }
    if case .failed(let failure) = LaunchReport(line: said.bytes) { throw failure }
    var failure = LaunchFailure(
      stage: "shim", message: "the keeper was killed before it made the container's first process")
    failure.isInterruption = true
    throw failure
  }

  /// Starts one in the place of a keeper that was killed, for a program that runs.
  static func replace(
    _ container: ContainerLayout, _ program: PidFD, _ streams: ContainerStreams,
    input: OwnedDescriptor?
  ) throws(SyscallError) -> KeeperProcess {
    let (ours, theirs) = try UnixSocket.pair(.messages)
    guard let process = try Fork.start() else {
      ours.close()
      hold(container, program, streams, input: input, theirs, nil)
    }
    return KeeperProcess(process: process, channel: ours)
  }

  private static func hold(
    _ container: ContainerLayout, _ program: PidFD, _ streams: ContainerStreams,
    input: OwnedDescriptor?, _ channel: OwnedDescriptor, _ word: StartWord?
  ) -> Never {
    Trace.stop()
    let held: [(number: Int32, source: Int32?)] = [
      (Self.input, input?.raw), (Self.program, program.raw), (output, streams.output?.raw),
      (errors, streams.errors?.raw), (shim, channel.raw), (Self.word, word?.descriptor),
    ]
    // First out of the way of all numbers, then into place.
    let moved = held.map { (number: $0.number, from: $0.source.map { fcntl($0, F_DUPFD, aside) }) }
    for number in 0..<aside { close(number) }
    for (number, source) in moved { if let source { dup2(source, number) } }
    try? Fork.close(from: aside)
    for number in [SIGINT, SIGHUP, SIGQUIT, SIGPIPE] { signal(number, SIG_IGN) }
    signal(SIGTERM, SIG_DFL)
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    ProcessName.show(ShimInvocation.keeperName)
    try? Privileges.setName("roost-keep")
    ProcessMemory.trim()
    serve(container)
  }

  /// Does what the shim asks for, and stays when that is gone; unless there is no container that
  /// somebody could adopt, without the word to start, or another keeper is known to be its own.
  private static func serve(_ container: ContainerLayout) -> Never {
    while let said = try? UnixSocket.receive(shim, atMost: 1), let first = said.bytes.first {
      switch Request(rawValue: first) {
      case .hold: if let descriptor = said.descriptors.first { dup2(descriptor.raw, input) }
      case .drop: close(input)
      case nil: break
      }
    }
    close(shim)
    if let status = try? Files.status(descriptor: word), status.links > 0 {
      try? PidFD(pid: 0, descriptor: OwnedDescriptor(program)).signal(SIGKILL)
      _exit(0)
    }
    lookAfter(container)
  }

  // Long enough for the supervisor, and for a command, to come first.
  private static let firstPause: UInt64 = 500_000_000
  private static let longestPause: UInt64 = 60_000_000_000

  /// Has the container adopted whenever its shim is gone and nobody else does that: then there is
  /// no supervisor, and the new shim starts one.
  private static func lookAfter(_ container: ContainerLayout) -> Never {
    var pauses = BackOff(first: firstPause, longest: longestPause)
    while ProcessIdentity.readIfUsable(container.keeperPID)?.pid == getpid() {
      let begin = Clock.monotonicNanoseconds()
      if let shim = ProcessIdentity.readIfUsable(container.shimPID), let process = try? PidFD(shim)
      {
        _ = try? process.waitForEnd()
      }
      if Clock.monotonicNanoseconds() - begin > longestPause { pauses.reset() }
      usleep(UInt32(pauses.next() / 1000))
      if ProcessIdentity.readIfUsable(container.shimPID)?.isAlive != true { adopt(container) }
    }
    _exit(0)
  }

  /// Starts a shim in the place of one that was killed; whether that succeeds is seen later.
  private static func adopt(_ container: ContainerLayout) {
    guard let null = try? Files.open("/dev/null", O_RDWR) else { return }
    var request = SpawnRequest(
      "/proc/self/exe", ShimInvocation.adopt(container).arguments,
      environment: TraceLog.environment,
      descriptors: [
        (null.raw, 0), (null.raw, 1), (null.raw, 2), (Self.program, ShimDescriptor.program),
      ])
    request.arguments[0] = ShimInvocation.programName
    request.directory = "/"
    request.newSession = true
    _ = try? Spawn.detach(request)
  }

  // MARK: - Talking to one

  /// Has it hold the container's input, so that the program does not see its end.
  func hold(_ descriptor: OwnedDescriptor) { ask(.hold, [descriptor.raw]) }

  /// Has it let go of the container's input; false when it takes no requests of this shim.
  func drop() -> Bool { ask(.drop, []) }

  @discardableResult
  private func ask(_ request: Request, _ descriptors: [Int32]) -> Bool {
    guard let channel else { return false }
    // One that was killed is replaced, and its successor is made with what is to be held.
    _ = try? UnixSocket.send(channel.raw, [request.rawValue], descriptors: descriptors)
    return true
  }

  /// Ends it, now that nobody has to take over any more.
  func end() { try? process.signal(SIGKILL) }

  // MARK: - The keeper of another shim

  /// The keeper that a container has; nil when there is none any more.
  static func find(_ container: ContainerLayout) -> KeeperProcess? {
    guard let identity = ProcessIdentity.readIfUsable(container.keeperPID),
      let process = try? PidFD(identity), !process.hasEnded
    else { return nil }
    return KeeperProcess(process: process, channel: nil)
  }

  /// The terminal or standard input that it holds; nil when it holds none.
  var heldInput: OwnedDescriptor? { try? process.copyDescriptor(Self.input) }

  /// The container's first process as it holds it, which tells how that ended when its parent, which
  /// was not the keeper, has waited for it. Source: PIDFD_GET_INFO in include/uapi/linux/pidfd.h.
  func heldProgram(_ pid: Int32) -> PidFD? {
    (try? process.copyDescriptor(Self.program)).map { PidFD(pid: pid, descriptor: $0) }
  }

  /// True when it is the parent of a process, which no other keeper can become.
  func isParent(of pid: Int32) -> Bool { ProcessTable.stat(pid)?.parent == process.pid }
}
