import Compose
import Image
import Linux
import Model
import Runtime
import State

/// What `commit` makes of a container.
package struct CommitOptions: Sendable {
  /// The image's name; nil leaves it without.
  package var reference: Reference?
  /// Who made it.
  package var author: String?
  /// The remark in the history.
  package var message: String?
  /// Dockerfile instructions that set something of the image.
  package var changes: [String] = []
  /// True to pause the container meanwhile.
  package var pause = true

  /// Makes options for an image without a name.
  package init() {}
}

extension Engine {
  /// Makes an image of what a container has become; returns its id. `onRead` is called now and again
  /// with how many bytes were read since the last call.
  package func commit(
    container name: String, _ options: CommitOptions, onRead: (@Sendable (Int64) -> Void)? = nil
  ) throws(EngineError) -> ObjectID {
    try Engine.requireRoot()
    let record = try find(container: name)
    return try withLocked(record) { (runner) throws(EngineError) in
      let context = runner.context
      let files = try ContainerFiles(context, record)
      guard let base = try context.image(record.imageID) else {
        throw EngineError(
          "the image of container \(record.name) is not in the image store any more",
          hint: "get \(record.image) again")
      }
      var request = CommitRequest(
        tree: files.tree, base: base, configuration: files.configuration(above: base),
        command: record.command.joined(separator: " "))
      request.reference = options.reference
      request.author = options.author ?? ""
      request.message = options.message ?? ""
      request.changes = options.changes
      return try files.paused(options.pause) { () throws(EngineError) in
        var store = context.images
        store.onRead = onRead
        do throws(Diagnostic) { return try store.commit(request).id } catch {
          throw EngineError(error)
        }
      }
    }
  }

  /// What a container changed in its file system, by path.
  package func changes(container name: String) throws(EngineError) -> [TreeChange] {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    let tree = try ContainerFiles(context, record).tree
    do throws(Diagnostic) { return try tree.changes() } catch { throw EngineError(error) }
  }

  /// Writes the whole file system of a container as a tar to an open file.
  package func export(container name: String, to target: Int32) throws(EngineError) {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    let tree = try ContainerFiles(context, record).tree
    do throws(Diagnostic) { try context.images.export(tree, to: target) } catch {
      throw EngineError(error)
    }
  }
}

/// The files of a container, and how it was made.
private struct ContainerFiles {
  let context: ContainerContext
  let record: ContainerRecord
  let spec: ContainerSpec

  init(_ context: ContainerContext, _ record: ContainerRecord) throws(EngineError) {
    let path = context.layout.container(record.id).spec
    let stored = try readingRecords { () throws(RecordError) in try ContainerSpec.read(path) }
    guard let spec = stored else {
      throw EngineError("the description of container \(record.name) cannot be read: \(path)")
    }
    self.context = context
    self.record = record
    self.spec = spec
  }

  var tree: ContainerTree {
    ContainerTree(
      lower: spec.rootFilesystem.lowerDirectories,
      upper: context.layout.container(record.id).upper,
      mountTargets: spec.mounts.map(\.target))
  }

  /// The image's configuration under what the container was given.
  func configuration(above image: ImageRecord) -> ImageConfiguration {
    var configuration = image.configuration
    configuration.environment = spec.process.environment.map {
      ImageConfiguration.Variable($0.name, $0.value)
    }
    configuration.user = spec.process.user
    if spec.process.workingDirectory != "/" || !configuration.workingDirectory.isEmpty {
      configuration.workingDirectory = spec.process.workingDirectory
    }
    for label in record.labels where !label.key.hasPrefix(ComposeLabel.prefix) {
      configuration.labels[label.key] = label.value
    }
    var exposed = Set(configuration.exposedPorts)
    for entry in record.networking.exposed {
      exposed.formUnion(entry.ports.map { "\($0)/\(entry.protocol.rawValue)" })
    }
    configuration.exposedPorts = exposed.sorted()
    takeCommand(into: &configuration)
    return configuration
  }

  /// What was given in place of the image's command and entry point.
  private func takeCommand(into configuration: inout ImageConfiguration) {
    let service = (try? JSON.parse(record.configuration)) ?? .null
    let entrypoint = service["entrypoint"]?.arrayValue?.compactMap(\.stringValue)
    let command = service["command"]?.arrayValue?.compactMap(\.stringValue)
    if let entrypoint {
      configuration.entrypoint = entrypoint
      configuration.command = nil
    }
    if let command { configuration.command = command }
  }

  /// Calls `body` while the container's processes stand still, if they run.
  func paused<Result>(
    _ isWanted: Bool, _ body: () throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    guard isWanted, case .running = context.processes.status(record.id) else {
      return try body()
    }
    try explaining("pause container \(record.name)") { () throws(SyscallError) in
      try context.processes.pauseForNow(record.id)
    }
    let result: Result
    do { result = try body() } catch {
      context.attempt { () throws(EngineError) in try goOn() }
      throw error
    }
    try goOn()
    return result
  }

  private func goOn() throws(EngineError) {
    try explaining("unpause container \(record.name)") { () throws(SyscallError) in
      try context.processes.goOn(record.id)
    }
  }
}
