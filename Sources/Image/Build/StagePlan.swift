import Model

/// One stage of a Dockerfile: what stands between a FROM and the next.
struct Stage: Sendable {
  var index: Int
  var from: FromInstruction
  var location: SourceLocation
  var instructions: [Instruction]

  /// The stage's name in progress.
  var title: String { from.name ?? "stage-\(index)" }
}

/// A Dockerfile divided into stages.
struct StagePlan: Sendable {
  /// The ARG instructions before the first FROM.
  var arguments: [Argument] = []
  var stages: [Stage] = []
  /// The stage to build.
  private(set) var target = 0

  /// The most stages: one that builds upon the one before is made while that one waits for it.
  static let maximumStages = 500

  init(_ dockerfile: Dockerfile, target: String?) throws(Diagnostic) {
    for instruction in dockerfile.instructions {
      switch instruction.kind {
      case .from(let from):
        guard stages.count < Self.maximumStages else {
          throw dockerfile.text.error(
            "a Dockerfile may have at most \(Self.maximumStages) stages",
            at: instruction.location, hint: "divide it into several Dockerfiles")
        }
        stages.append(
          Stage(
            index: stages.count, from: from, location: instruction.location, instructions: []))
      case .argument(let list) where stages.isEmpty: arguments += list
      default:
        guard !stages.isEmpty else {
          throw dockerfile.text.error(
            "the first instruction must be FROM", at: instruction.location,
            hint: "only ARG may stand before it")
        }
        stages[stages.count - 1].instructions.append(instruction)
      }
    }
    guard !stages.isEmpty else {
      throw Diagnostic(
        .error, "\(dockerfile.text.file) has no FROM instruction",
        hint: "begin it with FROM and an image")
    }
    self.target = stages.count - 1
    if let target { self.target = try find(target, in: dockerfile) }
  }

  private func find(_ name: String, in dockerfile: Dockerfile) throws(Diagnostic) -> Int {
    if let index = index(of: name, before: stages.count) { return index }
    let near = Suggestion.nearest(to: name, in: stages.compactMap(\.from.name))
    throw Diagnostic(
      .error, "\(dockerfile.text.file) has no stage '\(name)'",
      hint: near.map { "did you mean '\($0)'?" }
        ?? "its stages are " + stages.map(\.title).joined(separator: ", "))
  }

  /// The stage of a name or number that stands before another.
  func index(of name: String, before limit: Int) -> Int? {
    if let index = stages[..<limit].lastIndex(where: { $0.from.name == name.lowercased() }) {
      return index
    }
    guard let number = Int(name), number >= 0, number < limit else { return nil }
    return number
  }

  /// The stages that the target needs, whatever the variables are, in their order and without the
  /// target. Names in `replaced` stand for something else than a stage.
  func stagesBelowTarget(except replaced: Set<String>) -> [Int] {
    var found: Set<Int> = []
    var pending = [target]
    while let index = pending.popLast() {
      for name in stages[index].sources where !replaced.contains(name) {
        guard let source = self.index(of: name, before: index), found.insert(source).inserted
        else { continue }
        pending.append(source)
      }
    }
    return found.sorted()
  }
}

extension Stage {
  /// What FROM, `--from` and mounts name, as far as no variable is in it.
  fileprivate var sources: [String] {
    var words = [from.image.text]
    for instruction in instructions {
      switch instruction.kind {
      case .copy(let copy): words += [copy.options.from?.text].compactMap { $0 }
      case .run(let run):
        words += run.mounts.flatMap { $0.text.split(separator: ",") }
          .filter { $0.hasPrefix("from=") }.map { String($0.dropFirst(5)) }
      default: continue
      }
    }
    return words.filter { word in !word.contains { "$\\`'\"".contains($0) } }
  }
}
