import Glibc
import Linux
import Model
import Planning
import Runtime
import State
import Synchronization

/// Shows the logs of containers and tells when they end, on a thread of its own, from before they
/// start until `end`.
final class AttachedWatch: Sendable {
  private let context: ContainerContext
  private let services: Set<String>
  private let observer: any AttachObserver
  private let isShown: @Sendable (ContainerRecord) -> Bool

  private struct State {
    /// The containers that are watched, by id.
    var watched: [ObjectID: Watched] = [:]
    /// Containers that the thread has yet to take up, with the logs of those that are shown.
    var new: [(source: LogSource, file: LogReader?)] = []
    var isAnnounced = false
    var exits: [(service: String, code: Int32)] = []
    /// How many looks at the containers began, and how many are done.
    var looksBegun = 0
    var looksDone = 0
    /// How many times somebody is just replacing or restarting containers.
    var holds = 0
    /// The look before which nobody can say that all have ended.
    var decisiveLook = 0
    var isOver = false
    var isDone = false
  }

  private struct Watched {
    var record: ContainerRecord
    /// The end that was told last, or that was there before.
    var lastEnd: Timestamp?
    var isActive = true
  }

  private let state = ConditionLock(State())
  /// Wakes the thread.
  private let news = EventCounter()

  // Two things change without a file: see DependencyWaiter.
  private static let lookMilliseconds: Int32 = 1000

  init(
    _ context: ContainerContext, services: Set<String>, observer: any AttachObserver,
    isShown: @escaping @Sendable (ContainerRecord) -> Bool
  ) {
    self.context = context
    self.services = services
    self.observer = observer
    self.isShown = isShown
  }

  /// Begins to watch.
  func begin() throws(EngineError) {
    try explaining("watch the containers") { () throws(SyscallError) in
      let woken = try EventWatcher(news)
      try WorkerThread.detach { self.watch(woken) }
    }
  }

  /// Shows what is left and watches no more.
  func end() {
    state.with { $0.isOver = true }
    news.add()
    state.wait { $0.isDone ? () : nil }
  }

  /// Shows a line that a hook of a container has written, whether or not its log is shown.
  func show(_ line: ArraySlice<UInt8>, ofHookIn record: ContainerRecord) {
    var source = record.logSource
    source.label += " ->"
    let shown = LogLine(source: source, time: Clock.now(), stream: .output, text: line)
    state.with { _ in observer.lines([shown]) }
  }

  // MARK: What starts

  /// A container is about to start: its log is shown from here on.
  func willStart(_ record: ContainerRecord) throws(EngineError) {
    try announce()
    add(record)
  }

  /// Tells whose logs are shown, unless that was told, and takes up those that run already.
  func announce() throws(EngineError) {
    let isFirst = state.with { state in
      defer { state.isAnnounced = true }
      return !state.isAnnounced
    }
    guard isFirst else { return }
    let records = try context.containers.containers(of: context.project).filter {
      services.contains($0.service) && !$0.isOneOff
    }
    let running = records.filter { context.processes.status($0.id).process != nil }
    let sources = records.filter(isShown).map(\.logSource)
    // Whoever else may talk to the observer waits for this.
    state.with { _ in observer.attaching(to: sources) }
    for record in running { add(record) }
  }

  private func add(_ record: ContainerRecord) {
    let containerLayout = context.layout.container(record.id)
    let lastEnd = ExitRecord.read(of: containerLayout)?.finishedAt
    let file = LogReader(record.logSource, path: containerLayout.log)
    file.skipToEnd()
    state.with { state in
      guard state.watched[record.id] == nil else { return }
      state.watched[record.id] = Watched(record: record, lastEnd: lastEnd)
      state.new.append((record.logSource, isShown(record) ? file : nil))
    }
    news.add()
  }

  // MARK: The thread

  private func watch(_ woken: EventWatcher) {
    let follower = LogFollower(context.layout)
    let observer = Observer(context: context)
    let revival = Revival(context)
    let ends = ContainerEnds(context)
    var mayHaveChanged = true
    while true {
      woken.take()
      let isLast = state.with { state in
        for (source, file) in state.new {
          if let file { follower.add(source, file) } else { follower.watch(source.id) }
        }
        state.new = []
        return state.isOver
      }
      if mayHaveChanged, !isLast { revival.runWarning() }
      if mayHaveChanged || isLast {
        look(observer, follower, ends)
      } else {
        show(follower, allOf: [])
      }
      if isLast { break }
      mayHaveChanged = follower.waitForMore(
        [woken.descriptor], milliseconds: Self.lookMilliseconds)
    }
    let watched = state.with { Array($0.watched.values) }
    follower.tidy(Set(watched.filter { !$0.isActive }.map(\.record.id)))
    state.with { $0.isDone = true }
  }

  private func look(_ observer: Observer, _ follower: LogFollower, _ told: ContainerEnds) {
    let (number, records) = state.with { state in
      state.looksBegun += 1
      return (state.looksBegun, Array(state.watched.values))
    }
    // Ends first, states then: a container that is active after its end is being restarted.
    // Lines last: all that a container wrote before its end is there by then.
    let ends = records.map { ExitRecord.read(of: context.layout.container($0.record.id)) }
    let states = records.map { observer.observe($0.record) }
    let ended = records.indices.filter { ends[$0] != nil || !states[$0].isActive }
    show(follower, allOf: Set(ended.map { records[$0].record.id }))
    for (index, watched) in records.enumerated() {
      // Once it is over its end is written down, maybe a moment ago.
      let earlier = ends[index].map {
        ContainerEnds.End(code: $0.code, finishedAt: $0.finishedAt)
      }
      let end = states[index].isActive ? earlier : told.end(of: watched.record.id)
      take(watched, end, states[index], seenBy: number)
    }
    state.with { $0.looksDone = $0.looksBegun }
  }

  private func show(_ follower: LogFollower, allOf ended: Set<ObjectID>) {
    follower.poll(allOf: ended) { lines in state.with { _ in observer.lines(lines) } }
  }

  private func take(
    _ watched: Watched, _ exit: ContainerEnds.End?, _ found: ObservedContainer,
    seenBy look: Int
  ) {
    let isNew = exit != nil && exit?.finishedAt != watched.lastEnd
    state.with { state in
      // What was seen while somebody replaced or restarted containers is out of date by now.
      guard look >= state.decisiveLook else { return }
      state.watched[watched.record.id]?.isActive = found.isActive
      guard isNew, state.holds == 0, let exit, !isBeingRecorded(exit, of: watched.record, found)
      else { return }
      state.watched[watched.record.id]?.lastEnd = exit.finishedAt
      let source = watched.record.logSource
      if found.isActive {
        if isShown(watched.record) { observer.notice(.restarting(code: exit.code), of: source) }
        return
      }
      state.exits.append((watched.record.service, exit.code))
      if isShown(watched.record) { observer.notice(.exited(code: exit.code), of: source) }
    }
  }

  /// True while the shim has written the end down but not gone yet: the container still counts as
  /// running, and is no restarted one.
  private func isBeingRecorded(
    _ exit: ContainerEnds.End, of record: ContainerRecord, _ found: ObservedContainer
  ) -> Bool {
    guard found.status == .running || found.status == .paused else { return false }
    switch context.processes.status(record.id) {
    case .running(_, let startedAt), .paused(_, let startedAt):
      return startedAt.nanoseconds < exit.finishedAt.nanoseconds
    case .created, .exited: return true
    }
  }

  // MARK: Replacing

  /// From now on containers may end without a meaning.
  func hold() { state.with { $0.holds += 1 } }

  /// Goes on as before: what ended and runs again has not ended, and what is gone was replaced.
  func release() {
    let records = state.with { $0.watched.values.map(\.record) }
    let remaining = Set(
      ((try? context.containers.containers(of: context.project)) ?? records).map(\.id))
    for record in records {
      let isActive = context.processes.status(record.id).process != nil
      let end = ExitRecord.read(of: context.layout.container(record.id))?.finishedAt
      state.with { state in
        if !remaining.contains(record.id) {
          state.watched[record.id] = nil
          if isShown(record) { observer.notice(.recreated, of: record.logSource) }
        } else if isActive {
          state.watched[record.id]?.lastEnd = end
          state.watched[record.id]?.isActive = true
        }
      }
    }
    state.with { state in
      state.holds -= 1
      state.decisiveLook = state.looksBegun + 1
    }
    news.add()
  }

  // MARK: The end

  /// True while a container runs or is about to be restarted.
  var isAnythingActive: Bool { state.with { $0.watched.values.contains { $0.isActive } } }

  /// The exit codes of a service's containers.
  func exitCodes(of service: String) -> [Int32] {
    state.with { $0.exits.filter { $0.service == service }.map(\.code) }
  }

  /// Waits until nothing is active, the user interrupts, or a container ends with a code that
  /// `isEnd` says ends everything. Returns that code.
  func waitForEnd(
    _ interruption: Interruption, detach: Interruption? = nil, isEnd: (Int32) -> Bool
  ) throws(EngineError) -> Int32? {
    // A look that began earlier may have seen containers that were not yet started.
    let fresh = state.with { $0.looksBegun + 1 }
    news.add()
    let watch = try InterruptionWatch(of: interruption) { [state] in state.with { _ in } }
    defer { watch.end() }
    let second = try detach.map { (detach) throws(EngineError) in
      try InterruptionWatch(of: detach) { [state] in state.with { _ in } }
    }
    defer { second?.end() }
    return state.wait { state -> Int32?? in
      if interruption.isInterrupted || detach?.isInterrupted ?? false { return .some(nil) }
      if let code = state.exits.map(\.code).first(where: isEnd) { return .some(code) }
      guard state.holds == 0, state.looksDone >= max(fresh, state.decisiveLook) else { return nil }
      return state.watched.values.contains { $0.isActive } ? nil : .some(nil)
    }
  }
}
