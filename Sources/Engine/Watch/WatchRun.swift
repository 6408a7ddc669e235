import Compose
import Glibc
import Linux
import Model
import Planning
import State

/// A watch while it runs: takes changes, gathers them, and has acted upon what they mean.
final class WatchRun {
  private let engine: Engine
  private let options: WatchOptions
  private let observer: any WatchObserver
  private let keeping: any WatchedContainers
  private let end: Interruption
  private var project: Project
  private var rules: WatchRules
  private var tree: TreeWatch
  /// The files that the project was loaded from, without links.
  private var files: Set<String> = []

  // What editors, compilers and Git write together comes as one: this long nothing may change, as
  // with Docker Compose, and this long it is waited at most.
  private static let quiet: UInt64 = 500_000_000
  private static let longest: UInt64 = 10_000_000_000

  /// Watches from now on.
  ///
  /// - Parameter end: Ends the watch, besides the interruption of the engine.
  init(
    _ engine: Engine, _ project: Project, _ options: WatchOptions, observer: any WatchObserver,
    keeping: any WatchedContainers = UnwatchedContainers(), end: Interruption = Interruption()
  ) throws(EngineError) {
    self.engine = engine
    self.project = project
    self.options = options
    self.observer = observer
    self.keeping = keeping
    self.end = end
    rules = try WatchRules(project, services: options.services)
    try rules.requireSome()
    files = Self.resolved(options.files)
    tree = try Self.tree(rules, files)
    if !rules.warnings.isEmpty { observer.watching(.trouble(rules.warnings)) }
  }

  private var isOver: Bool { end.isInterrupted || engine.interruption.isInterrupted }

  /// Acts upon changes until it is ended.
  func run() throws(EngineError) {
    copyInitially()
    if !tree.unreadableNames.isEmpty { tellOfUnreadable([]) }
    observer.watching(.enabled)
    defer { observer.watching(.disabled) }
    var pending: [String: Bool] = [:]
    var first: UInt64 = 0
    var last: UInt64 = 0
    while !isOver {
      let now = Clock.monotonicNanoseconds()
      let due = min(last + Self.quiet, first + Self.longest)
      if !pending.isEmpty, now >= due {
        let batch = pending
        pending = [:]
        do throws(EngineError) { try act(upon: batch, remaining: &pending) } catch {
          guard isOver else { throw error }
          return
        }
        // Only what comes from now on makes what failed be tried again.
        (first, last) = (pending.isEmpty ? (0, 0) : (.max / 2, .max / 2))
        continue
      }
      let wait = pending.isEmpty || due > .max / 4 ? nil : Int32((due - now) / 1_000_000 + 1)
      guard try hasChanges(within: wait) else { continue }
      let changes = try take()
      guard !changes.isEmpty else { continue }
      last = Clock.monotonicNanoseconds()
      if pending.isEmpty || first > .max / 4 { first = last }
      pending.merge(changes) { before, _ in before }
    }
  }

  /// Waits for changes; false when there is none within some milliseconds.
  private func hasChanges(within milliseconds: Int32?) throws(EngineError) -> Bool {
    var entries = [tree.descriptor, end.descriptor, engine.interruption.descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = try explaining("wait for changes") { () throws(SyscallError) in
      try Descriptors.poll(&entries, timeoutMilliseconds: milliseconds)
    }
    return entries[0].revents != 0
  }

  private func take() throws(EngineError) -> [String: Bool] {
    let known = tree.unreadableNames
    do throws(SyscallError) {
      let changes = try tree.take()
      if tree.unreadableNames != known { tellOfUnreadable(known) }
      return changes
    } catch {
      throw Self.explain(error)
    }
  }

  private func tellOfUnreadable(_ known: Set<String>) {
    let names = tree.unreadableNames.subtracting(known).sorted()
    observer.watching(
      .trouble(
        names.map {
          Diagnostic(
            .warning, "the name of \($0) is not UTF-8: it is left out",
            hint: "give it another name, or have it ignored")
        }))
  }

  // MARK: Acting

  private func act(
    upon changes: [String: Bool], remaining: inout [String: Bool]
  ) throws(EngineError) {
    // First, so that what else changed is seen by the new rules.
    let changedFiles = changes.keys.filter(files.contains).sorted()
    if !changedFiles.isEmpty, let loader = options.files {
      observer.watching(.filesChanged(changedFiles))
      do throws(EngineError) {
        try reload(loader, &remaining)
        observer.watching(.reloaded)
      } catch {
        guard !isOver else { throw error }
        observer.watching(.trouble(error.diagnostics))
      }
    }
    let batch = WatchBatch(changes, rules: rules.rules, look: Self.look)
    guard !batch.isEmpty else { return }
    let actions = WatchActions(
      engine: engine, project: project, options: options, observer: observer, keeping: keeping)
    let failed = try actions.run(batch, rules.rules, initial: initialMappings)
    for mapping in failed.flatMap(\.mappings) { remaining[mapping.source] = true }
  }

  static func look(_ path: String) -> WatchBatch.Now {
    guard let status = try? Files.status(path, followLinks: false) else { return .gone }
    return status.kind == .directory ? .directory : .file
  }

  /// Takes up what the files say now. When they cannot be read, all stays as it was.
  private func reload(
    _ loader: WatchedFiles, _ remaining: inout [String: Bool]
  ) throws(EngineError) {
    let loaded = try loader.reload()
    let newRules = try WatchRules(loaded, services: options.services)
    let newFiles = Self.resolved(loader)
    let newTree = try Self.tree(newRules, newFiles)
    // What changed before the new tree was looked at.
    remaining.merge(try take()) { before, _ in before }
    (project, rules, files, tree) = (loaded, newRules, newFiles, newTree)
    if !rules.warnings.isEmpty { observer.watching(.trouble(rules.warnings)) }
    if options.bringsUp { try bringUp() }
    copyInitially()
  }

  private func bringUp() throws(EngineError) {
    var up = UpOptions()
    up.create.services = options.services
    up.create.scale = options.scale.filter { project.service($0.key) != nil }
    up.create.assumeYes = true
    let names = options.services.isEmpty ? project.services.map(\.name) : options.services
    try keeping.whileReplaced(names) { started throws(EngineError) in
      let lock = try ProjectLock.acquire(engine, project: project.name)
      _ = try Convergence(engine, project, up).run(willStart: started)
      lock.release()
    }
  }

  // MARK: What is there

  /// Copies what rules with `initial_sync` want to be there.
  private func copyInitially() {
    let services = Set(rules.rules.filter { $0.copies && $0.rule.initialSync }.map(\.service))
    let actions = WatchActions(
      engine: engine, project: project, options: options, observer: observer, keeping: keeping)
    for service in services.sorted() {
      let mappings = initialMappings(service)
      guard !mappings.isEmpty else { continue }
      observer.watching(.syncing(service: service, changes: mappings.count))
      _ = actions.copy(WatchBatch.Copy(service: service, mappings: mappings))
    }
  }

  private func initialMappings(_ service: String) -> [WatchBatch.Mapping] {
    let wanted = rules.rules.filter {
      $0.service == service && $0.copies && $0.rule.initialSync
    }
    var changes: [String: Bool] = [:]
    for rule in wanted { for path in tree.paths(below: rule.place) { changes[path] = false } }
    return WatchBatch(changes, rules: wanted, look: Self.look).copied.flatMap(\.mappings)
  }

  private static func resolved(_ files: WatchedFiles?) -> Set<String> {
    // What a device or a directory is read for never changes.
    let paths = (files?.paths() ?? []).filter {
      $0.hasPrefix("/") && !$0.hasPrefix("/dev/") && !$0.hasPrefix("/proc/")
    }
    return Set(paths.flatMap { [$0, WatchRules.resolved($0)] }).filter { look($0) != .directory }
  }

  private static func tree(
    _ rules: WatchRules, _ files: Set<String>
  ) throws(EngineError) -> TreeWatch {
    do throws(SyscallError) {
      return try TreeWatch(rules.rules.map(\.place) + Array(files)) { rules.skips($0) }
    } catch {
      throw explain(error)
    }
  }

  /// Says which limit it is, which directory was one too many, and what helps.
  private static func explain(_ error: SyscallError) -> EngineError {
    guard error.errno == ENOSPC || error.errno == EMFILE else {
      return EngineError(error, doing: "watch \(error.path ?? "files")")
    }
    let name = error.errno == ENOSPC ? "max_user_watches" : "max_user_instances"
    let value = (try? Files.readText("/proc/sys/fs/inotify/\(name)"))?.filter(\.isNumber)
    guard error.shortage?.description.contains(name) ?? false,
      let limit = value.flatMap({ Int($0) })
    else {
      return EngineError(error, doing: "watch \(error.path ?? "files")")
    }
    let place = error.path.map { " \($0)" } ?? " files"
    return EngineError(
      "cannot watch\(place): fs.inotify.\(name) allows \(limit) of a user, and all are taken",
      hint: "raise it with `sysctl fs.inotify.\(name)=\(max(limit * 4, 1024))`"
        + (error.errno == ENOSPC ? ", or leave directories out with `ignore`" : ""))
  }
}
