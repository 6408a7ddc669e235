import Linux
import Model
import Planning
import State

extension Engine {
  /// The sources whose lines `logs` gives, to make room for the longest label.
  package func logSources(
    _ selection: ProjectSelection, _ options: LogOptions
  ) throws(EngineError) -> [LogSource] {
    let context = ContainerContext(self, project: selection.name)
    return try logRecords(selection, options, context).map(\.logSource)
  }

  /// Calls `receive` with lines in the order of time. Without `follow` it ends with the last line
  /// there is; with it, when no container is left that could write.
  package func logs(
    _ selection: ProjectSelection, _ options: LogOptions, receive: ([LogLine]) -> Void
  ) throws(EngineError) {
    let context = ContainerContext(self, project: selection.name)
    try logs(context, options, receive) { () throws(EngineError) in
      try logRecords(selection, options, context)
    }
  }

  /// The same for one container of any project, found by name or id.
  package func logs(
    container name: String, _ options: LogOptions, receive: ([LogLine]) -> Void
  ) throws(EngineError) {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    try logs(context, options, receive) { () throws(EngineError) in
      try context.containers.record(record.id).map { [$0] } ?? []
    }
  }

  private func logs(
    _ context: ContainerContext, _ options: LogOptions, _ receive: ([LogLine]) -> Void,
    _ records: () throws(EngineError) -> [ContainerRecord]
  ) throws(EngineError) {
    if options.follow { return try follow(records, options, context, receive) }
    let files = try records().map { record in
      let file = LogReader(record.logSource, path: layout.container(record.id).log)
      if let tail = options.tail { file.skip(toLast: tail) }
      return file
    }
    var merger = LogMerger(files)
    while !interruption.isInterrupted {
      let lines = merger.next()
      if lines.isEmpty { return }
      deliver(lines, options, receive)
    }
  }

  private func logRecords(
    _ selection: ProjectSelection, _ options: LogOptions, _ context: ContainerContext
  ) throws(EngineError) -> [ContainerRecord] {
    let records = try context.containers.containers(of: selection.name)
    let observed = records.map { ObservedContainer(record: $0, status: .created) }
    try ServiceArguments.check(
      options.services, project: selection.project, containers: observed)
    return records.filter { record in
      (options.services.isEmpty ? !record.isOneOff : options.services.contains(record.service))
        && (options.index == nil || record.number == options.index)
    }
  }

  private func deliver(
    _ lines: [LogLine], _ options: LogOptions, _ receive: ([LogLine]) -> Void
  ) {
    guard options.since != nil || options.until != nil else { return receive(lines) }
    let wanted = lines.filter { line in
      (options.since.map { line.time >= $0 } ?? true)
        && (options.until.map { line.time <= $0 } ?? true)
    }
    if !wanted.isEmpty { receive(wanted) }
  }

  private func follow(
    _ records: () throws(EngineError) -> [ContainerRecord], _ options: LogOptions,
    _ context: ContainerContext, _ receive: ([LogLine]) -> Void
  ) throws(EngineError) {
    let follower = LogFollower(layout)
    follower.watchContainers()
    for record in try records() {
      follower.add(record.logSource, from: options.tail.map { .last($0) } ?? .atTheStart)
    }
    let observer = Observer(context: context)
    let revival = Revival(context)
    var mayHaveChanged = true
    while true {
      // Whether anything may still write is found out before the last look, so that no line is
      // missed between the two.
      var ended: Set<ObjectID> = []
      var isOver = false
      if mayHaveChanged {
        revival.runWarning()
        let current = try records()
        for record in current where !follower.follows(record.id) { follower.add(record.logSource) }
        ended = Set(current.filter { !observer.observe($0).isActive }.map(\.id))
        isOver = ended.count == current.count
      }
      follower.poll(allOf: ended) { lines in
        if !interruption.isInterrupted { deliver(lines, options, receive) }
      }
      if isOver || interruption.isInterrupted { return follower.tidy(ended) }
      if let until = options.until, Clock.now() > until { return }
      // A directory is there a moment before the container's record.
      mayHaveChanged = follower.waitForMore(
        [interruption.descriptor], milliseconds: mayHaveChanged ? 250 : 1000)
    }
  }
}
