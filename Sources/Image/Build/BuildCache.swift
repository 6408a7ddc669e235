import Glibc
import Linux
import Model
import State

/// The results of build steps by their inputs, shared by all projects.
struct BuildCache {
  let store: ImageStore

  /// What a step made.
  struct Step {
    /// The layer; nil when the step wrote nothing.
    var layer: LayerRecord?
    var created: Timestamp
  }

  private var stepsPath: String { "\(store.layout.cache)/build/steps" }
  private var recipesPath: String { "\(store.layout.cache)/build/recipes" }

  init(store: ImageStore) { self.store = store }

  /// The result of a step, if it is known and its layer is whole.
  func find(_ key: Digest) -> Step? {
    guard let record = step("\(stepsPath)/\(key.hex)") else { return nil }
    if record.layer == nil {
      noteUse(of: "\(stepsPath)/\(key.hex)")
      return Step(layer: nil, created: record.created)
    }
    guard let layer = Self.layer(record), store.hasLayer(layer.chainID), store.hasBlob(layer.blob)
    else { return nil }
    noteUse(of: "\(stepsPath)/\(key.hex)")
    return Step(layer: layer, created: record.created)
  }

  /// Keeps the result of a step.
  func add(_ step: Step, for key: Digest) throws(Diagnostic) {
    let layer = step.layer.map {
      BuildStepRecord.Layer(
        chainID: $0.chainID.description, diffID: $0.diffID.description, blob: $0.blob.json)
    }
    let record = BuildStepRecord(created: step.created, layer: layer)
    try write("\(stepsPath)/\(key.hex)", record.json)
  }

  /// The layers that the cache needs.
  func steps() -> [LayerRecord] {
    ((try? Files.list(stepsPath)) ?? []).compactMap {
      step("\(stepsPath)/\($0)").flatMap(Self.layer)
    }
  }

  /// The results that are known, those that were used last first.
  func entries() -> [Entry] {
    ((try? Files.list(stepsPath)) ?? []).compactMap { name -> Entry? in
      let path = "\(stepsPath)/\(name)"
      guard let status = try? Files.status(path) else { return nil }
      return Entry(
        path: path, lastUse: Timestamp(nanoseconds: status.modifiedNanoseconds),
        layer: step(path).flatMap(Self.layer))
    }.sorted { $0.lastUse > $1.lastUse }
  }

  /// A result on disk.
  struct Entry {
    var path: String
    var lastUse: Timestamp
    /// Nil when the step wrote nothing.
    var layer: LayerRecord?
  }

  /// Forgets results. Their layers go with the next collection.
  func forget(_ entries: [Entry]) throws(Diagnostic) {
    try diagnosing("clear the build cache") { () throws(SyscallError) in
      for entry in entries { try Files.removeIfPresent(entry.path) }
    }
  }

  /// Forgets what the steps of builds were made from, unless that was noted after `moment`. It
  /// only serves to say why a step is built again.
  func forgetRecipes(before moment: Timestamp) throws(Diagnostic) {
    try diagnosing("clear the build cache") { () throws(SyscallError) in
      for name in try Files.listIfPresent(recipesPath) {
        let path = "\(recipesPath)/\(name)"
        let modified = try Files.status(path).modifiedNanoseconds
        if modified < moment.nanoseconds { try Files.removeIfPresent(path) }
      }
    }
  }

  /// The file's time says when the result was last used; when that fails it only looks older.
  private func noteUse(of path: String) { _ = utimensat(AT_FDCWD, path, nil, 0) }

  /// A result that cannot be used, also one of a newer roost, is as good as none: the step is run
  /// again.
  private func step(_ path: String) -> BuildStepRecord? { BuildStepRecord.readIfUsable(path) }

  private static func layer(_ record: BuildStepRecord) -> LayerRecord? {
    guard let layer = record.layer, let chainID = Digest(layer.chainID),
      let diffID = Digest(layer.diffID),
      let descriptor = try? Descriptor(json: layer.blob, in: "the build cache")
    else { return nil }
    return LayerRecord(chainID: chainID, diffID: diffID, blob: descriptor)
  }

  // MARK: - Why a step was not cached

  /// The inputs of the same step in the last build, to say what has changed. Those of a newer roost
  /// are as good as none: the step then "was not built before".
  func lastInputs(of position: Digest) -> StepInputs? {
    BuildRecipeRecord.readIfUsable("\(recipesPath)/\(position.hex)").map(StepInputs.init)
  }

  /// Remembers the inputs of a step.
  func remember(_ inputs: StepInputs, of position: Digest) throws(Diagnostic) {
    try write("\(recipesPath)/\(position.hex)", inputs.recipe.json)
  }

  private func write(_ path: String, _ json: JSON) throws(Diagnostic) {
    try diagnosing("write to the build cache") { () throws(SyscallError) in
      try Files.makeDirectories(Paths.parent(path), mode: 0o700)
      try Files.writeAtomically(path, json.utf8(), mode: 0o600)
    }
  }
}

/// Everything that the result of a step depends on, by names that people understand.
struct StepInputs {
  private(set) var entries: [(name: String, value: String)] = []

  init() {}

  mutating func add(_ name: String, _ value: String) { entries.append((name, value)) }

  /// The digest of all inputs.
  var key: Digest {
    var hasher = DigestHasher()
    for entry in entries {
      hasher.update(field: entry.name)
      hasher.update(field: entry.value)
    }
    return hasher.finalize()
  }

  init(_ recipe: BuildRecipeRecord) {
    entries = recipe.inputs.map { ($0.key, $0.value) }
  }

  var recipe: BuildRecipeRecord {
    var inputs: OrderedMap<String> = [:]
    // Values may be secret arguments: only their digests are kept.
    for entry in entries { inputs[entry.name] = Digest.sha256(of: entry.value).short }
    return BuildRecipeRecord(inputs: inputs)
  }

  /// Why these inputs are not those of the last build.
  func difference(from last: StepInputs?) -> String {
    guard let last else { return "it was not built before" }
    let old = Dictionary(last.entries, uniquingKeysWith: { $1 })
    for entry in entries {
      guard let value = old[entry.name] else { return "\(entry.name) is new" }
      if value != Digest.sha256(of: entry.value).short { return "\(entry.name) changed" }
    }
    let names = Set(entries.map(\.name))
    if let gone = last.entries.first(where: { !names.contains($0.name) }) {
      return "\(gone.name) is gone"
    }
    return "its layer was removed"
  }
}
