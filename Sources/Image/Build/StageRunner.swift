import Linux
import Model
import State

/// Runs the instructions of one stage.
final class StageRunner {
  let build: Build
  let stage: Stage
  var state: StageState
  private var total = 0
  private var position = 0
  /// How many bytes the instructions that only change the configuration have in the history.
  private var historySize = 0

  init(build: Build, stage: Stage, state: StageState) {
    self.build = build
    self.stage = stage
    self.state = state
    self.state.editor.escape = build.dockerfile.escape
  }

  func run() throws(Diagnostic) -> StageState {
    var triggers: [Instruction] = []
    for text in state.triggers {
      triggers += try Dockerfile(Array(text.utf8), file: "ONBUILD \(text)").instructions
    }
    state.triggers = []
    let instructions = triggers + stage.instructions
    total = instructions.filter(\.makesLayer).count + 1
    position = 1
    for instruction in instructions {
      try build.checkCancelled()
      do throws(Diagnostic) {
        try run(instruction)
      } catch {
        var located = error
        if located.location == nil { located.location = instruction.location }
        throw located
      }
    }
    return state
  }

  private func run(_ instruction: Instruction) throws(Diagnostic) {
    switch instruction.kind {
    case .argument(let arguments): try declare(arguments)
    case .run(let run): try self.run(run, of: instruction)
    case .copy(let copy): try self.copy(copy, of: instruction)
    case .workingDirectory: try changeDirectory(instruction)
    case .from:
      throw Diagnostic(.error, "FROM is not allowed here", at: instruction.location)
    default:
      guard let text = try state.editor.apply(instruction) else { return }
      if !text.isEmpty { try addHistory(text) }
    }
  }

  func addHistory(_ text: String) throws(Diagnostic) {
    // All that ENV, LABEL and ARG set is in the history too: this bounds them as well, while it
    // grows, and not only the image that could not be stored in the end.
    historySize += text.utf8.count
    guard historySize <= ImageStore.maximumDocumentSize else {
      throw ImageStore.documentTooLarge(historySize)
    }
    // Steps without a layer take the time of the layer below them: a build that was wholly
    // cached gives the same image.
    let created = build.epoch ?? state.layerCreated ?? Clock.now()
    if state.layerCreated == nil { state.layerCreated = created }
    state.addHistory(text, created: created, isEmptyLayer: true)
  }

  // MARK: - ARG

  private func declare(_ arguments: [Argument]) throws(Diagnostic) {
    var texts: [String] = []
    for argument in arguments {
      let preset = build.request.arguments[argument.name]
      var value = preset
      if value == nil {
        value = try argument.value.map { word throws(Diagnostic) in
          try state.editor.expand(word)
        }
      }
      value =
        value ?? build.globalDefault(argument.name)
        ?? build.platformArguments[argument.name]
      if !state.declared.contains(argument.name) { state.declared.append(argument.name) }
      if let value { state.editor.arguments[argument.name] = value }
      texts.append(value.map { "\(argument.name)=\($0)" } ?? argument.name)
    }
    try addHistory("ARG " + texts.joined(separator: " "))
  }

  // MARK: - Steps

  /// Says that a step begins.
  func begin(_ instruction: Instruction) -> BuildStep {
    position += 1
    // The only stage needs no name, and numbers stand below one another, as buildx shows them.
    let isOnly = build.plan.stages.count == 1 && stage.from.name == nil
    let blanks = String(repeating: " ", count: String(total).count - String(position).count)
    let place = (isOnly ? "" : "\(stage.title) ") + "\(blanks)\(position)/\(total)"
    let step = BuildStep(
      number: build.nextStepNumber(), title: "[\(place)] \(instruction.source)",
      location: instruction.location)
    build.builder.progress.report(.started(step))
    return step
  }

  /// Takes a step's result from the cache, or makes it.
  ///
  /// - Parameters:
  ///   - inputs: All that the result depends on.
  ///   - text: The step in the history.
  ///   - start: When the step began, on the clock that only runs forward.
  ///   - make: Makes the layer below a directory; nil when nothing was written.
  func perform(
    _ step: BuildStep, inputs: StepInputs, text: String,
    since start: UInt64 = Clock.monotonicNanoseconds(),
    make: (StepDirectories) throws(Diagnostic) -> PackedLayer?
  ) throws(Diagnostic) {
    if usesCache { StepsUnderWay.begin(inputs.key) }
    defer { if usesCache { StepsUnderWay.end(inputs.key) } }
    if let result = cached(inputs) {
      build.builder.progress.report(.cached(step))
      apply(result, text: text)
      return
    }
    let place = Digest.sha256(of: "\(build.dockerfile.text.file)\n\(step.title)")
    let reason = missReason(inputs, at: place)
    build.builder.progress.report(.notCached(step, reason: reason))
    do throws(Diagnostic) {
      let result = try makeStep(inputs, make)
      try build.cache.remember(inputs, of: place)
      apply(result, text: text)
    } catch {
      build.builder.progress.report(.failed(step, reason: error.message))
      throw error
    }
    let time = Clock.monotonicNanoseconds() - start
    build.builder.progress.report(.finished(step, nanoseconds: time))
  }

  var usesCache: Bool {
    !build.request.noCache && !build.request.noCacheStages.contains(stage.from.name ?? "")
  }

  private func cached(_ inputs: StepInputs) -> BuildCache.Step? {
    usesCache ? build.cache.find(inputs.key) : nil
  }

  private func missReason(_ inputs: StepInputs, at place: Digest) -> String {
    guard usesCache else { return "the cache is switched off" }
    return inputs.difference(from: build.cache.lastInputs(of: place))
  }

  private func makeStep(
    _ inputs: StepInputs, _ make: (StepDirectories) throws(Diagnostic) -> PackedLayer?
  ) throws(Diagnostic) -> BuildCache.Step {
    let name = "step-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    let directories = StepDirectories(
      layer: try build.store.makeLayerDirectory(name, in: build.work),
      work: "\(build.work.path)/\(name)-work", pack: "\(build.work.path)/\(name).tar")
    try diagnosing("make a working directory") { () throws(SyscallError) in
      try Files.makeDirectories(directories.work, mode: 0o700)
    }
    let packed = try make(directories)
    try build.checkCancelled()
    var result = BuildCache.Step(layer: nil, created: build.epoch ?? Clock.now())
    if let packed { result.layer = try keep(packed, directories) }
    try build.cache.add(result, for: inputs.key)
    return result
  }

  /// Makes the upper directory a layer: it need not be unpacked again.
  private func keep(
    _ packed: PackedLayer, _ directories: StepDirectories
  ) throws(Diagnostic) -> LayerRecord {
    let blob = Descriptor(
      mediaType: MediaType.layer, digest: packed.digest, size: packed.size)
    let chainID = LayerRecord.chainID(packed.digest, above: state.layers.last?.chainID)
    try build.store.adoptBlob(directories.pack, as: packed.digest)
    try build.store.adoptLayer(
      directories.layer, as: chainID, diffID: packed.digest, contentSize: packed.contentSize,
      blob: blob, unmappedOwner: packed.unmappedOwner)
    return LayerRecord(chainID: chainID, diffID: packed.digest, blob: blob)
  }

  private func apply(_ result: BuildCache.Step, text: String) {
    if let layer = result.layer {
      state.add(layer, directory: build.store.layerDirectory(layer.chainID))
    }
    let created = build.epoch ?? result.created
    state.layerCreated = created
    state.addHistory(text, created: created, isEmptyLayer: result.layer == nil)
  }

  /// Where the layers below come into the inputs.
  func addParent(to inputs: inout StepInputs) {
    inputs.add("a step before it", state.layers.last?.chainID.hex ?? "nothing")
  }
}

/// The steps that builds of this process are making: another build that needs the same one waits,
/// and takes it from the cache.
private enum StepsUnderWay {
  private static let keys = ConditionLock<Set<Digest>>([])

  /// Waits until nobody makes the step, and notes that the caller does.
  static func begin(_ key: Digest) { keys.wait { $0.insert(key).inserted ? () : nil } }

  /// Notes that the step is made, or failed.
  static func end(_ key: Digest) { keys.with { _ = $0.remove(key) } }
}

/// The directories of a step that is being made.
struct StepDirectories {
  /// Becomes the layer; `diff` in it is the upper directory.
  var layer: String
  /// overlayfs works here.
  var work: String
  /// The packed layer.
  var pack: String

  var upper: String { "\(layer)/diff" }
}

/// A layer as the helper packed it.
struct PackedLayer {
  var digest: Digest
  var size: Int64
  var contentSize: Int64
  var unmappedOwner: UnmappedOwner?

  /// Reads the helper's answer; nil for a layer without members.
  init?(_ answer: ArchiveAnswer) throws(Diagnostic) {
    guard case .packed(let packed) = answer, let digest = Digest(packed.digest) else {
      throw answer.unexpected
    }
    if packed.members == 0 { return nil }
    self.digest = digest
    size = packed.size
    contentSize = packed.contentSize
    unmappedOwner = packed.unmappedOwner
  }
}

extension Instruction {
  /// True for the instructions that progress counts.
  var makesLayer: Bool {
    switch kind {
    case .run, .copy, .workingDirectory: true
    default: false
    }
  }
}
