import Model

extension Node {
  /// Reads all documents of a file, with aliases and merge keys resolved.
  ///
  /// All duplicate and unusable keys are reported together; a syntax error ends the reading.
  /// An empty file has no document.
  package static func documents(
    in source: SourceFile, limits: ParsingLimits = ParsingLimits()
  ) throws(Diagnostics) -> [Node] {
    var builder = DocumentBuilder(limits: limits)
    source.text.withUnsafeBufferPointer { text in
      do throws(Diagnostic) {
        let events = try EventStream(source: source, text: text)
        while !builder.isFinished { try builder.take(try events.next()) }
      } catch {
        builder.problems.append(error)
      }
    }
    guard builder.problems.isEmpty else { throw Diagnostics(builder.problems) }
    return builder.documents
  }
}

/// Builds nodes from events. It keeps the open collections on a stack of its own, so that the
/// nesting of a file never becomes the nesting of calls.
struct DocumentBuilder {
  private(set) var documents: [Node] = []
  private(set) var isFinished = false
  var problems: [Diagnostic] = []

  private let limits: ParsingLimits
  private var open: [OpenCollection] = []
  /// Anchors hold from one document to the next.
  private var anchors: [String: Anchored] = [:]
  private var nodeCount = 0
  /// The messages that are worth printing.
  private static let maximumProblems = 50

  init(limits: ParsingLimits) { self.limits = limits }

  mutating func take(_ event: Event) throws(Diagnostic) {
    switch event {
    case .streamStart, .documentStart, .documentEnd: break
    case .streamEnd: isFinished = true
    case .scalar(let scalar): try takeScalar(scalar)
    case .alias(let name, let mark): try takeAlias(name, at: mark)
    case .sequenceStart(let properties): try begin(.sequence([]), properties)
    case .mappingStart(let properties): try begin(.mapping(OpenMapping()), properties)
    case .collectionEnd(let mark): try end(at: mark)
    }
    if problems.count >= Self.maximumProblems { isFinished = true }
  }

  // MARK: - Nodes

  private mutating func takeScalar(_ scalar: Event.Scalar) throws(Diagnostic) {
    let textSize = scalar.node.stringValue?.utf8.count ?? 0
    let built = Built(node: scalar.node, depth: 0, nodeCount: 1 + textSize / 32)
    try count(built.nodeCount, at: scalar.node.mark)
    if let anchor = scalar.anchor { anchors[anchor] = .complete(built, end: scalar.node.mark) }
    try add(built, isMergeKey: scalar.isMergeKey)
  }

  private mutating func takeAlias(_ name: String, at mark: Mark) throws(Diagnostic) {
    switch anchors[name] {
    case .complete(let built, let end):
      try count(built.nodeCount, at: mark)
      guard open.count + built.depth <= limits.depth else { throw tooDeep(at: mark) }
      mark.source?.note(
        AliasUse(name: name, mark: mark, path: path, start: built.node.mark, end: end))
      try add(built, isMergeKey: false)
    case .open(let anchorMark):
      throw mark.diagnostic(
        .error, "the alias `*\(name)` stands inside of what it repeats", path: path,
        notes: [anchorMark.note("`&\(name)` begins here")])
    case nil:
      let known = Suggestion.nearest(to: name, in: anchors.keys.sorted())
      throw mark.diagnostic(
        .error, "there is no anchor `&\(name)` above this alias", path: path,
        hint: known.map { "did you mean `*\($0)`?" }
          ?? "text that begins with `*` needs quotes")
    }
  }

  private mutating func begin(
    _ content: OpenCollection.Content, _ properties: Event.Properties
  ) throws(Diagnostic) {
    guard open.count < limits.depth else { throw tooDeep(at: properties.mark) }
    try count(1, at: properties.mark)
    if let anchor = properties.anchor { anchors[anchor] = .open(properties.mark) }
    open.append(OpenCollection(content: content, properties: properties))
  }

  private mutating func end(at mark: Mark) throws(Diagnostic) {
    guard let collection = open.popLast() else { return }
    let properties = collection.properties
    let content: Node.Content
    switch collection.content {
    case .sequence(let elements): content = .sequence(elements)
    case .mapping(let mapping): content = .mapping(mapping.finished())
    }
    let built = Built(
      node: Node(content, at: properties.mark, tag: properties.tag),
      depth: collection.depth + 1, nodeCount: collection.nodeCount)
    if let anchor = properties.anchor { anchors[anchor] = .complete(built, end: mark) }
    try add(built, isMergeKey: false)
  }

  /// Puts a finished node where it belongs: into the innermost open collection.
  private mutating func add(_ built: Built, isMergeKey: Bool) throws(Diagnostic) {
    guard !open.isEmpty else { return documents.append(built.node) }
    let problem = open[open.count - 1].add(built, isMergeKey: isMergeKey)
    guard var problem else { return }
    problem.path = path.description
    problems.append(problem)
  }

  // MARK: - Limits

  private mutating func count(_ added: Int, at mark: Mark) throws(Diagnostic) {
    nodeCount += added
    guard nodeCount <= limits.nodes else {
      throw mark.diagnostic(
        .error, "the file stands for more than \(limits.nodes) values, aliases counted in full",
        path: path, hint: "split the file, or repeat less by aliases")
    }
  }

  private func tooDeep(at mark: Mark) -> Diagnostic {
    mark.diagnostic(.error, "nested deeper than \(limits.depth) levels")
  }

  /// The path of the value that is being read.
  private var path: NodePath { NodePath(open.compactMap(\.component)) }
}

/// A finished node and what it adds up to.
struct Built {
  var node: Node
  /// How many collections it nests.
  var depth: Int
  var nodeCount: Int
}

/// What an anchor names: a node, or one that is still being read.
private enum Anchored {
  case complete(Built, end: Mark)
  case open(Mark)
}
