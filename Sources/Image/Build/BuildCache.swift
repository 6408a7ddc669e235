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
    guard let json = read("\(stepsPath)/\(key.hex)"),
      let created = json["created"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
    else { return nil }
    if json["chainID"] == nil { return Step(layer: nil, created: created) }
    guard let layer = Self.layer(json), store.hasLayer(layer.chainID), store.hasBlob(layer.blob)
    else { return nil }
    return Step(layer: layer, created: created)
  }

  /// Keeps the result of a step.
  func add(_ step: Step, for key: Digest) throws(Diagnostic) {
    var object = JSONObject([("created", .string(step.created.rfc3339))])
    if let layer = step.layer {
      object["chainID"] = .string(layer.chainID.description)
      object["diffID"] = .string(layer.diffID.description)
      object["blob"] = layer.blob.json
    }
    try write("\(stepsPath)/\(key.hex)", .object(object))
  }

  /// The layers that the cache needs.
  func steps() -> [LayerRecord] {
    ((try? Files.list(stepsPath)) ?? []).compactMap {
      read("\(stepsPath)/\($0)").flatMap(Self.layer)
    }
  }

  /// Forgets everything. The layers go with the next collection.
  func clear() throws(Diagnostic) {
    try diagnosing("clear the build cache") { () throws(SyscallError) in
      try Files.removeTree(stepsPath)
      try Files.removeTree(recipesPath)
    }
  }

  private static func layer(_ json: JSON) -> LayerRecord? {
    guard let chainID = json["chainID"]?.stringValue.flatMap({ Digest($0) }),
      let diffID = json["diffID"]?.stringValue.flatMap({ Digest($0) }), let blob = json["blob"],
      let descriptor = try? Descriptor(json: blob, in: "the build cache")
    else { return nil }
    return LayerRecord(chainID: chainID, diffID: diffID, blob: descriptor)
  }

  // MARK: - Why a step was not cached

  /// The inputs of the same step in the last build, to say what has changed.
  func lastInputs(of position: Digest) -> StepInputs? {
    read("\(recipesPath)/\(position.hex)").flatMap(StepInputs.init(json:))
  }

  /// Remembers the inputs of a step.
  func remember(_ inputs: StepInputs, of position: Digest) throws(Diagnostic) {
    try write("\(recipesPath)/\(position.hex)", inputs.json)
  }

  private func read(_ path: String) -> JSON? {
    guard let bytes = try? Files.readIfPresent(path) else { return nil }
    return try? JSON.parse(bytes)
  }

  private func write(_ path: String, _ json: JSON) throws(Diagnostic) {
    try diagnosing("write to the build cache") { () throws(SyscallError) in
      try Files.makeDirectories(Paths.parent(path), mode: 0o700)
      try Files.writeAtomically(path, json.utf8(), mode: 0o600)
    }
  }
}

extension ImageStore {
  /// Forgets the results of build steps and removes the layers that only they need. Returns the
  /// bytes that became free.
  package func pruneBuildCache() throws(Diagnostic) -> Int64 {
    try BuildCache(store: self).clear()
    return collectGarbage()
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

  init?(json: JSON) {
    guard let members = json.objectValue?.members else { return nil }
    entries = members.compactMap { member in
      member.value.stringValue.map { (member.key, $0) }
    }
  }

  var json: JSON {
    // Values may be secret arguments: only their digests are kept.
    .stringMap(entries.map { (key: $0.name, value: Digest.sha256(of: $0.value).short) })
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
