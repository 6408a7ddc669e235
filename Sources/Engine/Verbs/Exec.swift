import Linux
import Model
import Planning
import Runtime
import State

extension Engine {
  /// Runs a command in a container that runs, and returns its exit code.
  package func exec(
    _ selection: ProjectSelection, _ options: ExecOptions
  ) throws(EngineError) -> Int32 {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: selection.name)
    let record = try runningContainer(
      selection, context, service: options.service, index: options.index)
    return try exec(record, options, context)
  }

  /// Runs a command in a container of any project, found by name or id.
  package func exec(container name: String, _ options: ExecOptions) throws(EngineError) -> Int32 {
    try Engine.requireRoot()
    let record = try running(container: name)
    return try exec(record, options, ContainerContext(self, project: record.project))
  }

  private func exec(
    _ record: ContainerRecord, _ options: ExecOptions, _ context: ContainerContext
  ) throws(EngineError) -> Int32 {
    try ForeignMounts.refuse(record.project, layout)
    var request = ExecRequest(id: record.id, arguments: options.command)
    request.environment = options.environment.map { NamedValue($0.key, $0.value) }
    request.user = options.user
    request.workingDirectory = options.workingDirectory
    request.privileged = options.privileged
    request.terminal = options.terminal
    let exec = Exec(layout: layout, executable: try context.shim())
    let told = ExecEvents(context.journal, record, options.command)
    do throws(LaunchFailure) {
      told.begins()
      if options.detach {
        _ = try exec.spawn(request).started()
        return 0
      }
      let streams = StandardStreams(input: options.interactive ? 0 : nil)
      let code = try exec.run(request, streams: streams)
      told.ended(code)
      return code
    } catch {
      told.ended(error.exitCode)
      throw EngineError(
        Diagnostic(.error, "cannot run \(options.command.first ?? "") in \(record.name): \(error)"),
        exitCode: error.exitCode)
    }
  }

  /// The name of the container of a service that runs, of a number or the lowest one.
  package func runningContainer(
    _ selection: ProjectSelection, service: String, index: Int?
  ) throws(EngineError) -> String {
    let context = ContainerContext(self, project: selection.name)
    return try runningContainer(selection, context, service: service, index: index).name
  }

  /// The name of the container of a service, running or not, of a number or the lowest one.
  package func anyContainer(
    _ selection: ProjectSelection, service: String, index: Int?
  ) throws(EngineError) -> String {
    let context = ContainerContext(self, project: selection.name)
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      [service], project: selection.project, containers: observed.containers)
    var chosen = CopySelection(service)
    chosen.index = index
    return try Self.choose(chosen, from: observed.containers).map(\.name).first ?? ""
  }

  /// The container of a service that runs, of a number or the lowest one.
  func runningContainer(
    _ selection: ProjectSelection, _ context: ContainerContext, service: String, index: Int?
  ) throws(EngineError) -> ContainerRecord {
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      [service], project: selection.project, containers: observed.containers)
    let all = observed.containers.filter { $0.record.service == service }
    // One that `run` has made has no number, and comes last.
    let members = all.filter { !$0.record.isOneOff }
    let wanted = members.filter { index == nil || $0.record.number == index }
    if let record = wanted.first(where: { $0.status == .running || $0.status == .paused })?.record {
      return record
    }
    guard let index else {
      if let record = all.first(where: { $0.status == .running || $0.status == .paused })?.record {
        return record
      }
      throw EngineError(
        "service \(service) is not running", hint: "start it with `roost up \(service)`")
    }
    throw EngineError(
      "service \(service) has no running container \(index)",
      hint: members.isEmpty
        ? "it has none: start it with `roost up \(service)`"
        : "it has \(members.map { String($0.record.number) }.joined(separator: ", "))")
  }
}

/// What is told of a further command in a container.
private struct ExecEvents {
  private let journal: EventJournal
  private let record: ContainerRecord
  private let words: String
  private let attributes: [(key: String, value: String)]

  init(_ journal: EventJournal, _ record: ContainerRecord, _ command: [String]) {
    self.journal = journal
    self.record = record
    words = command.joined(separator: " ")
    attributes = [("execID", ObjectID.random().hex)]
  }

  func begins() {
    journal.append("exec_create: \(words)", record, attributes)
    journal.append("exec_start: \(words)", record, attributes)
  }

  func ended(_ code: Int32) {
    journal.append("exec_die", record, attributes + [("exitCode", String(code))])
  }
}
