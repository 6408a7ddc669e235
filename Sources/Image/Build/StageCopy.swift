import Linux
import Model
import State

// COPY, ADD and WORKDIR.
extension StageRunner {
  /// What COPY will do, worked out before anything is written.
  struct CopyPlan {
    /// What the helper does, in order.
    var items: [Item] = []
    var inputs = StepInputs()
    var tree: (any SourceTree)?
    var owner: String?
    var mode: String?

    /// One thing to do: known, or to be fetched first.
    enum Item {
      case ready(ArchiveCopy.Item)
      case remote(RemoteCopy)
    }
  }

  func copy(_ copy: CopyInstruction, of instruction: Instruction) throws(Diagnostic) {
    // The stage that it copies from comes first.
    if let from = copy.options.from {
      _ = try build.tree(
        try state.editor.expand(from), before: stage.index, at: from.location)
    }
    let step = begin(instruction)
    // To find out what to copy may mean to fetch it.
    let start = Clock.monotonicNanoseconds()
    var plan = CopyPlan()
    do throws(Diagnostic) {
      plan = try self.plan(copy)
    } catch {
      build.builder.progress.report(.failed(step, reason: error.message))
      throw error
    }
    let text = try historyText(copy)
    try perform(
      step, inputs: plan.inputs, text: text, since: start
    ) { directories throws(Diagnostic) in
      try execute(plan, isLinked: copy.options.link, in: directories)
    }
  }

  private func historyText(_ copy: CopyInstruction) throws(Diagnostic) -> String {
    // An address may hold a password, which is not for those who get the image.
    var parts = [copy.isAdd ? "ADD" : "COPY"]
    if copy.options.parents { parts.append("--parents") }
    if let owner = copy.options.owner { parts.append("--chown=\(try state.editor.expand(owner))") }
    if let mode = copy.options.mode { parts.append("--chmod=\(try state.editor.expand(mode))") }
    for source in copy.sources {
      parts.append(RemoteSource.withoutPassword(try state.editor.expand(source)))
    }
    parts += copy.heredocs.map { "<<\($0.name)" }
    parts.append(try state.editor.expand(copy.destination))
    return parts.joined(separator: " ") + " # buildkit"
  }

  private func plan(_ copy: CopyInstruction) throws(Diagnostic) -> CopyPlan {
    var plan = CopyPlan()
    let options = copy.options
    if !options.link || options.owner != nil { addParent(to: &plan.inputs) }
    let destination = try state.editor.expand(copy.destination)
    let target = Paths.absolute(destination, in: state.editor.directory)
    let isDirectory =
      destination.hasSuffix("/") || destination == "." || destination == ".."
      || destination.hasSuffix("/.")
    plan.inputs.add("the instruction", copy.isAdd ? "ADD" : "COPY")
    plan.inputs.add("the destination", isDirectory ? "\(target)/" : target)
    plan.owner = try options.owner.map { word throws(Diagnostic) in try state.editor.expand(word) }
    plan.mode = try options.mode.map { word throws(Diagnostic) in try state.editor.expand(word) }
    plan.inputs.add("--chown", plan.owner ?? "")
    plan.inputs.add("--chmod", plan.mode ?? "")
    if let epoch = build.request.sourceDateEpoch {
      plan.inputs.add("SOURCE_DATE_EPOCH", String(epoch))
    }
    try addSources(copy, target: target, isDirectory: isDirectory, to: &plan)
    for heredoc in copy.heredocs {
      let content =
        heredoc.expands
        ? try state.editor.expand(heredoc: heredoc.content, at: copy.destination.location)
        : heredoc.content
      plan.inputs.add("the here-document \(heredoc.name)", content)
      plan.items.append(
        .ready(
          ArchiveCopy.Item(.text(content, name: heredoc.name), to: target, into: isDirectory)))
    }
    return plan
  }

  private func addSources(
    _ copy: CopyInstruction, target: String, isDirectory: Bool, to plan: inout CopyPlan
  ) throws(Diagnostic) {
    let remote = try remoteSources(of: copy)
    try addRemotes(remote, copy, target: target, isDirectory: isDirectory, to: &plan)
    guard copy.sources.count > remote.count else { return }
    var tree: any SourceTree = build.context
    if let from = copy.options.from {
      let name = try state.editor.expand(from)
      tree = try build.tree(name, before: stage.index, at: from.location)
    }
    plan.tree = tree
    let excluded = try excludedPatterns(copy.options)
    var found: [(path: String, base: String)] = []
    for word in copy.sources {
      let text = try state.editor.expand(word)
      if RemoteSource.isRemote(text) { continue }
      let (pattern, base) = Self.pivot(text, keepsParents: copy.options.parents)
      let paths = try tree.paths(matching: pattern)
      // A pattern may match nothing, a name says what has to be there.
      guard !paths.isEmpty || SourcePattern.hasWildcard(pattern) else {
        throw missing(text, in: tree, at: word.location)
      }
      found += paths.map { ($0, base) }
    }
    let isOne = copy.sources.count == 1 && found.count <= 1
    guard isOne || isDirectory || copy.options.parents else { throw severalSources(copy) }
    for (path, base) in found {
      try add(
        path, base: base, of: tree, copy, target: target, isDirectory: isDirectory,
        excluded: excluded, to: &plan)
    }
  }

  func severalSources(_ copy: CopyInstruction) -> Diagnostic {
    Diagnostic(
      .error, "several sources need a directory as destination",
      at: copy.destination.location, hint: "end the destination with '/'")
  }

  func excludedPatterns(_ options: CopyOptions) throws(Diagnostic) -> IgnoreRules {
    var patterns: [String] = []
    for word in options.exclude { patterns.append(try state.editor.expand(word)) }
    guard let rules = IgnoreRules(excluding: patterns) else {
      throw Diagnostic(
        .error, "invalid pattern in --exclude", at: options.exclude.first?.location,
        hint: "close the bracket")
    }
    return rules
  }

  /// Divides a source at `/./`: what stands before it is not kept by --parents.
  private static func pivot(
    _ text: String, keepsParents: Bool
  ) -> (pattern: String, base: String) {
    guard keepsParents, text.contains("/./") else { return (Paths.clean(text), ".") }
    var parts = text.parts("/")
    let mark = parts.dropFirst().firstIndex(of: ".") ?? parts.endIndex
    let base = parts[..<mark].joined(separator: "/")
    parts.removeAll { $0 == "." }
    return (Paths.clean(parts.joined(separator: "/")), Paths.clean(base))
  }

  private func missing(
    _ text: String, in tree: any SourceTree, at location: SourceLocation
  ) -> Diagnostic {
    let parent = Paths.parent(Paths.clean(text))
    let siblings = (try? tree.paths(matching: parent == "." ? "*" : "\(parent)/*")) ?? []
    let near = Suggestion.nearest(to: Paths.clean(text), in: siblings)
    return Diagnostic(
      .error, "'\(text)' is not in \(tree.name)", at: location,
      hint: near.map { "did you mean '\($0)'?" }
        ?? "paths count from \(tree.name); .dockerignore may leave the file out")
  }

  private func add(
    _ path: String, base: String, of tree: any SourceTree, _ copy: CopyInstruction,
    target: String, isDirectory: Bool, excluded: IgnoreRules, to plan: inout CopyPlan
  ) throws(Diagnostic) {
    let entries = try tree.entries(of: path)
    guard let root = entries.first else { return }
    var place = target
    var isInto = isDirectory
    if copy.options.parents {
      let kept = base == "." ? path : String(path.dropFirst(base.count + 1))
      place = Paths.absolute(kept, in: target)
      isInto = false
    }
    guard root.kind == .directory else {
      if excluded.ignores(Paths.name(path)) { return }
      plan.inputs.add("the file '\(path)'", root.fingerprint)
      let unpacks = copy.isAdd && copy.options.unpack != false
      plan.items.append(
        .ready(
          ArchiveCopy.Item(
            unpacks ? .archive(from: path) : .file(from: path), to: place, into: isInto)))
      return
    }
    let prefix = path == "." ? "" : "\(path)/"
    var names: [String] = []
    for entry in entries.dropFirst() {
      let relative = String(entry.path.dropFirst(prefix.count))
      if excluded.ignores(relative) { continue }
      names.append(relative)
      plan.inputs.add("the file '\(entry.path)'", entry.fingerprint)
    }
    // What is copied are the things in it; only --parents takes the directory itself.
    let keepsRoot = copy.options.parents
    plan.inputs.add("the directory '\(path)'", keepsRoot ? root.fingerprint : "its entries")
    var item = ArchiveCopy.Item(.tree(from: path, entries: names), to: place)
    item.keepsRoot = keepsRoot
    plan.items.append(.ready(item))
  }

  private func execute(
    _ plan: CopyPlan, isLinked: Bool, in directories: StepDirectories
  ) throws(Diagnostic) -> PackedLayer? {
    // All its patterns matched nothing.
    if plan.items.isEmpty { return nil }
    var request = try targetRequest(directories, isLinked: isLinked)
    if let tree = plan.tree {
      request.source = try tree.request(in: build.work)
      request.keepsOwners = tree.hasOwners
    }
    if isLinked, plan.owner != nil {
      request.users = .layers(state.lowerDirectories, mount: try mountPoint("users"))
    }
    request.owner = plan.owner
    request.mode = plan.mode
    for item in plan.items {
      switch item {
      case .ready(let item): request.items.append(item)
      case .remote(let remote): request.items.append(try bring(remote))
      }
    }
    request.limit = try build.store.requestedLimit()
    return try runHelper(request)
  }

  /// A request for the helper that writes into this stage and packs what it wrote.
  private func targetRequest(
    _ directories: StepDirectories, isLinked: Bool
  ) throws(Diagnostic) -> ArchiveCopy {
    var request = ArchiveCopy(
      into: .layers(
        isLinked ? [] : state.lowerDirectories, mount: try mountPoint("target"),
        upper: directories.upper, work: directories.work))
    request.pack = directories.pack
    request.latestTime = build.request.sourceDateEpoch
    return request
  }

  private func mountPoint(_ name: String) throws(Diagnostic) -> String {
    let path = "\(build.work.path)/mount-\(name)"
    try diagnosing("make a directory to mount on") { () throws(SyscallError) in
      try Files.makeDirectories(path, mode: 0o700)
    }
    return path
  }

  private func runHelper(_ request: ArchiveCopy) throws(Diagnostic) -> PackedLayer? {
    let job = try build.store.helper.start(.copy(request), in: build.work)
    return try build.cancellation.handling({ job.kill() }) { () throws(Diagnostic) in
      try PackedLayer(job.finish())
    }
  }

  // MARK: - WORKDIR

  func changeDirectory(_ instruction: Instruction) throws(Diagnostic) {
    guard let text = try state.editor.apply(instruction) else { return }
    let directory = state.editor.directory
    if directory == "/" { return try addHistory(text) }
    let step = begin(instruction)
    var inputs = StepInputs()
    addParent(to: &inputs)
    inputs.add("the directory", directory)
    let user = state.editor.configuration.user
    inputs.add("USER", user)
    if let epoch = build.request.sourceDateEpoch { inputs.add("SOURCE_DATE_EPOCH", String(epoch)) }
    try perform(step, inputs: inputs, text: text) { directories throws(Diagnostic) in
      var request = try targetRequest(directories, isLinked: false)
      if !user.isEmpty { request.owner = user }
      request.items = [ArchiveCopy.Item(.directory, to: directory)]
      return try runHelper(request)
    }
  }
}
