import Glibc
import Linux
import Model
import State

/// Builds images from Dockerfiles.
package struct Builder: Sendable {
  let store: ImageStore
  let runner: any BuildStepRunner
  let progress: any BuildProgress
  /// Finds base images; a caller may get them from a registry.
  let findImage: @Sendable (String) throws(Diagnostic) -> ImageRecord
  let fetcher: any RemoteFetcher

  /// Makes a builder.
  ///
  /// - Parameters:
  ///   - store: Where images and the cache are.
  ///   - runner: Runs the commands of RUN.
  ///   - progress: Is told how it goes on.
  ///   - findImage: Finds base images by name; the store's own images when left out.
  ///   - fetcher: Fetches files from the web; nothing is fetched when left out.
  package init(
    store: ImageStore, runner: any BuildStepRunner, progress: any BuildProgress,
    findImage: (@Sendable (String) throws(Diagnostic) -> ImageRecord)? = nil,
    fetcher: (any RemoteFetcher)? = nil
  ) {
    self.store = store
    self.runner = runner
    self.progress = progress
    self.fetcher = fetcher ?? NoFetcher()
    guard let findImage else {
      self.findImage = { (name) throws(Diagnostic) in try Self.find(name, in: store) }
      return
    }
    self.findImage = findImage
  }

  private static func find(
    _ name: String, in store: ImageStore
  ) throws(Diagnostic) -> ImageRecord {
    if let image = try store.find(name) { return image }
    throw Diagnostic(
      .error, "no such image: \(name)",
      hint: "'roost image ls' lists the images there are; 'roost image import' and 'load' take "
        + "in others")
  }

  /// Builds, and returns the image. A cancelled or failed build leaves nothing but the cache of
  /// the steps that were done.
  package func build(
    _ request: BuildRequest, cancellation: BuildCancellation = BuildCancellation()
  ) throws(Diagnostic) -> ImageRecord {
    var request = request
    try request.takeEpochFromArguments()
    let lock = try store.beginAdding()
    defer { lock.release() }
    let work = try store.makeWorkDirectory()
    // One stage that fails ends the others, which is not the caller's cancellation.
    let inner = BuildCancellation()
    return try cancellation.handling({ inner.cancel() }) { () throws(Diagnostic) in
      try fetchContext(of: &request, in: work, inner)
      return try build(request, in: work, inner)
    }
  }

  private func build(
    _ request: BuildRequest, in work: WorkDirectory, _ cancellation: BuildCancellation
  ) throws(Diagnostic) -> ImageRecord {
    let (dockerfile, source) = try readDockerfile(request)
    var request = request
    request.dockerfile = source
    for warning in dockerfile.warnings { progress.report(.warning(warning)) }
    let plan = try StagePlan(dockerfile, target: request.target)
    let build = try Build(
      builder: self, request: request, dockerfile: dockerfile, plan: plan, work: work,
      cancellation: cancellation)
    defer { build.close() }
    do throws(Diagnostic) {
      let state = try build.allStages()
      try build.checkCancelled()
      let image = try build.finish(state)
      // What this costs is a look at the files of the cache; a failure is for the next build.
      _ = try? store.pruneBuildCache(.automatic)
      return image
    } catch {
      throw Self.located(error, in: dockerfile)
    }
  }

  /// Brings a context that is elsewhere to this machine, for as long as the build takes.
  func fetchContext(
    of request: inout BuildRequest, in work: WorkDirectory, _ cancellation: BuildCancellation
  ) throws(Diagnostic) {
    let context = remoteContext(request, in: work, cancellation)
    let local: RemoteContext.Local
    if request.context == BuildRequest.standardInput {
      local = try context.read(.descriptor(0))
    } else if let source = try RemoteSource(request.context, isContext: true) {
      local = try context.bring(source)
    } else {
      return
    }
    request.context = local.directory
    request.isFetched = true
    if let text = local.dockerfile { request.dockerfile = .text(text, name: "Dockerfile") }
  }

  func remoteContext(
    _ request: BuildRequest, in work: WorkDirectory, _ cancellation: BuildCancellation
  ) -> RemoteContext {
    let files = RemoteFiles(
      store: store, work: work, fetcher: fetcher, cancellation: cancellation)
    return RemoteContext(
      files: files, store: store, work: work, cancellation: cancellation, agent: request.agent,
      keepsGitDirectory: request.arguments["BUILDKIT_CONTEXT_KEEP_GIT_DIR"] == "1")
  }

  /// Adds the line to messages that only know the place.
  private static func located(_ error: Diagnostic, in dockerfile: Dockerfile) -> Diagnostic {
    var located = error
    if let location = error.location, error.excerpt == nil, location.file == dockerfile.text.file {
      located.excerpt = dockerfile.text.excerpt(location.line)
    }
    return located
  }

}

/// One build while it runs. Several threads build stages; what they change is behind locks, and the
/// rest is complete before the first of them starts.
final class Build: @unchecked Sendable {
  let builder: Builder
  let request: BuildRequest
  let dockerfile: Dockerfile
  let plan: StagePlan
  let cancellation: BuildCancellation
  let work: WorkDirectory
  let cache: BuildCache
  let context: ContextTree
  /// The values that FROM sees.
  private var globalArguments: [String: String] = [:]
  private let results = StageResults()
  private let shared = ConditionLock(Shared())

  /// What the threads that build stages change.
  private struct Shared {
    var trees: [String: any SourceTree] = [:]
    var stepCount = 0
  }

  var store: ImageStore { builder.store }
  var platform: Platform { request.platform ?? .host }

  init(
    builder: Builder, request: BuildRequest, dockerfile: Dockerfile, plan: StagePlan,
    work: WorkDirectory, cancellation: BuildCancellation
  ) throws(Diagnostic) {
    self.builder = builder
    self.request = request
    self.dockerfile = dockerfile
    self.plan = plan
    self.cancellation = cancellation
    self.work = work
    cache = BuildCache(store: builder.store)
    context = try builder.contextTree(request, cancellation)
    globalArguments = platformArguments
    try setGlobalArguments()
  }

  /// Keeps what was learned about files.
  func close() {
    context.close()
    for tree in shared.with({ $0.trees }).values { (tree as? ContextTree)?.close() }
  }

  func checkCancelled() throws(Diagnostic) {
    if cancellation.isCancelled { throw BuildCancellation.error }
  }

  func nextStepNumber() -> Int {
    shared.with { shared in
      shared.stepCount += 1
      return shared.stepCount
    }
  }

  // MARK: - Arguments

  /// The arguments that say what is built for; FROM knows them, stages after ARG.
  var platformArguments: [String: String] {
    let host = Platform.host
    return [
      "TARGETPLATFORM": platform.description, "TARGETOS": platform.os,
      "TARGETARCH": platform.architecture, "TARGETVARIANT": platform.variant,
      "BUILDPLATFORM": host.description, "BUILDOS": host.os, "BUILDARCH": host.architecture,
      "BUILDVARIANT": host.variant, "TARGETSTAGE": plan.stages[plan.target].from.name ?? "default",
    ]
  }

  private func setGlobalArguments() throws(Diagnostic) {
    var size = 0
    for argument in plan.arguments {
      if let value = request.arguments[argument.name] {
        globalArguments[argument.name] = value
      } else if let word = argument.value {
        let value = try expandGlobally(word)
        size += value.utf8.count
        guard size <= ImageStore.maximumDocumentSize else {
          throw Diagnostic(
            .error,
            "the arguments before the first FROM have more than "
              + "\(ImageStore.maximumDocumentSize) bytes", at: word.location)
        }
        globalArguments[argument.name] = value
      }
    }
  }

  /// The default that ARG before the first FROM gives a name.
  func globalDefault(_ name: String) -> String? {
    plan.arguments.contains { $0.name == name } ? globalArguments[name] : nil
  }

  private func expandGlobally(_ word: Word) throws(Diagnostic) -> String {
    var editor = ConfigurationEditor(configuration: ImageConfiguration(platform: platform))
    editor.escape = dockerfile.escape
    editor.arguments = globalArguments
    return try editor.expand(word)
  }

  // MARK: - Stages

  /// The result of a stage; it is built when it was not yet. Stages that nobody asks for are
  /// never built.
  func stage(_ index: Int) throws(Diagnostic) -> StageState {
    let stage = plan.stages[index]
    return try results.result(of: index) { () throws(Diagnostic) in
      try StageRunner(build: self, stage: stage, state: try base(of: stage)).run()
    }
  }

  /// Builds the target, and beside it, on threads of their own, the stages it is sure to need.
  func allStages() throws(Diagnostic) -> StageState {
    let waiting = plan.stagesBelowTarget(except: Set(request.contexts.keys))
    let queue = StageQueue(waiting)
    // Without a thread the stages are built when they are asked for.
    let threads = (0..<min(waiting.count, Self.threadCount)).compactMap { _ in
      try? WorkerThread { [self] in
        while let index = queue.next() {
          do throws(Diagnostic) { _ = try stage(index) } catch { cancellation.cancel() }
        }
      }
    }
    defer { for thread in threads { thread.join() } }
    do throws(Diagnostic) {
      return try stage(plan.target)
    } catch {
      cancellation.cancel()
      // Stages that were ended because of another one only know that they were.
      throw results.firstFailure ?? error
    }
  }

  private static let threadCount = max(2, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  private func base(of stage: Stage) throws(Diagnostic) -> StageState {
    let name = try expandGlobally(stage.from.image)
    guard !name.isEmpty else {
      throw Diagnostic(
        .error, "the base image's name is empty: '\(stage.from.image.text)'",
        at: stage.from.image.location,
        hint: "give the argument a default before FROM, or set it with --build-arg")
    }
    if let word = stage.from.platform {
      let wanted = try Platform(try expandGlobally(word))
      guard Platform.host.runs(wanted) else {
        throw Diagnostic(
          .error, "images for \(wanted) cannot be built on \(Platform.host)", at: word.location)
      }
    }
    if name == "scratch" { return StageState(platform: platform) }
    if let index = plan.index(of: name, before: stage.index), request.contexts[name] == nil {
      return try self.stage(index).asBase
    }
    let base = try image(name, at: stage.from.image.location)
    let found = base.editor.configuration.platform
    guard stage.from.platform != nil || Platform.host.runs(platform) || platform.runs(found) else {
      throw Diagnostic(
        .error, "\(name) is an image for \(found), and one for \(platform) is to be built",
        at: stage.from.image.location,
        hint:
          "images are built for \(Platform.host) here; `FROM --platform=$BUILDPLATFORM` is for a "
          + "stage that makes files for other machines")
    }
    return base
  }

  private func image(_ name: String, at location: SourceLocation) throws(Diagnostic) -> StageState {
    var wanted = name
    switch request.contexts[name] {
    case .image(let image): wanted = image
    case .directory, .remote:
      throw Diagnostic(
        .error, "the context '\(name)' is a directory and cannot be a base image", at: location,
        hint: "use it with COPY --from=\(name)")
    case nil: break
    }
    do throws(Diagnostic) {
      let image = try builder.findImage(wanted)
      let lower = try store.lowerDirectories(of: image)
      return StageState(image: image, lowerDirectories: lower)
    } catch {
      var located = error
      if located.location == nil { located.location = location }
      throw located
    }
  }

  /// The tree that `--from` names: a stage, a named context or an image.
  func tree(
    _ name: String, before limit: Int, at location: SourceLocation
  ) throws(Diagnostic) -> any SourceTree {
    if let tree = shared.with({ $0.trees[name] }) { return tree }
    let tree: any SourceTree
    if let context = try namedContext(name) {
      tree = context
    } else {
      let index = request.contexts[name] == nil ? plan.index(of: name, before: limit) : nil
      let state: StageState
      if let index { state = try stage(index) } else { state = try image(name, at: location) }
      tree = LayerTree(
        name: index == nil ? "the image '\(name)'" : "the stage '\(name)'",
        chainID: state.layers.last?.chainID, lowerDirectories: state.lowerDirectories,
        store: store, work: work)
    }
    shared.with { $0.trees[name] = tree }
    return tree
  }

  /// The directory of a named context; one from elsewhere is fetched.
  private func namedContext(_ name: String) throws(Diagnostic) -> ContextTree? {
    var path: String
    var isFetched = false
    switch request.contexts[name] {
    case .directory(let directory): path = directory
    case .remote(let address):
      guard let source = try RemoteSource(address, isContext: true) else { return nil }
      path = try builder.remoteContext(request, in: work, cancellation).bring(source).directory
      isFetched = true
      try RemoteContext.check("\(path)/.dockerignore", isBelow: path)
    case .image, nil: return nil
    }
    return try ContextTree(
      directory: path, name: "the context '\(name)'", ignoreFiles: ["\(path)/.dockerignore"],
      cache: isFetched ? nil : store.layout.cache, request.shared, cancellation)
  }

  /// What fetches files for the steps of this build.
  var remoteFiles: RemoteFiles {
    RemoteFiles(
      store: store, work: work, fetcher: builder.fetcher, cancellation: cancellation)
  }

  // MARK: - End

  /// Arguments that the Dockerfile is not asked to declare.
  private static let predefined: Set<String> = [
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH",
    "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS",
    "BUILDARCH", "BUILDVARIANT", "TARGETSTAGE",
  ]

  /// Says which arguments were given and are declared nowhere: most are misspelt.
  private func warnOfUnusedArguments(_ state: StageState) {
    var declared = Set(state.declared).union(plan.arguments.map(\.name))
    for case .argument(let list) in dockerfile.instructions.map(\.kind) {
      declared.formUnion(list.map(\.name))
    }
    for name in request.arguments.keys.sorted() where !declared.contains(name) {
      if Self.predefined.contains(name.uppercased()) || name.hasPrefix("BUILDKIT_") { continue }
      let near = Suggestion.nearest(to: name, in: declared.sorted())
      builder.progress.report(
        .warning(
          Diagnostic(
            .warning, "the build argument \(name) has no effect: no ARG declares it",
            hint: near.map { "did you mean \($0)?" })))
    }
  }

  func finish(_ state: StageState) throws(Diagnostic) -> ImageRecord {
    warnOfUnusedArguments(state)
    var configuration = state.editor.configuration
    for (name, value) in request.labels { configuration.labels[name] = value }
    configuration.diffIDs = state.layers.map(\.diffID)
    if let epoch {
      for index in configuration.history.indices {
        configuration.history[index].created =
          configuration.history[index].created.map { min($0, epoch) }
      }
    }
    configuration.created = epoch ?? configuration.history.compactMap(\.created).max()
    return try store.addImage(
      configuration, layers: state.layers.map(\.blob), references: request.tags)
  }

  /// The time of all that this build does, when it is to be reproducible.
  var epoch: Timestamp? { request.sourceDateEpoch.map { Timestamp(seconds: $0) } }
}
