import Model
import YAML

/// Replaces every service that extends another by the merge of the two.
///
/// Source: Compose specification, 05-services.md, "extends".
enum ExtendsStage {
  static func run(_ state: inout DocumentState, _ session: LoadSession) {
    guard let services = state.document["services"] else { return }
    guard let mapping = services.mapping else {
      return session.report.error(
        "services must be a map, but this is \(services.kind)", services, ["services"],
        hint: services.sequence == nil
          ? "write the name of each service as a key below it"
          : "remove the dashes, and indent each service below its name")
    }
    guard mapping.entries.contains(where: { $0.value["extends"] != nil }) else { return }
    let table = ServiceTable(
      shownName: session.shownName(of: state.file),
      realPath: session.reader.realPath(state.file) ?? state.file, services: mapping,
      tags: state.tags)
    let resolver = ExtendsResolver(scope: state.scope, session: session)
    state.document["services"]?.mapping?.updateValues { name, _, service in
      if service["extends"] != nil, let merged = resolver.resolve(name, in: table) {
        service = merged
      }
    }
  }
}

/// Follows chains of `extends`, through files too, and merges them from their far end.
struct ExtendsResolver {
  let scope: LoadScope
  let session: LoadSession

  /// One service of a chain.
  private struct Link {
    var table: ServiceTable
    var name: String
    var service: Node
    /// Its `extends`.
    var reference: Node
  }

  private struct Visit: Hashable {
    var file: String
    var service: String
  }

  /// The service with all that it extends; nil when that failed, which is reported.
  func resolve(_ name: String, in table: ServiceTable) -> Node? {
    var chain: [Link] = []
    var visits: [Visit: Int] = [:]
    var table = table
    var name = name
    var base: Node?
    while true {
      if let known = table.resolved[name] {
        base = known
        break
      }
      guard let service = table.services[name], let reference = service["extends"] else {
        base = table.services[name]
        break
      }
      let visit = Visit(file: table.realPath, service: name)
      if let start = visits[visit] {
        reportCycle(chain, from: start)
        base = nil
        break
      }
      visits[visit] = chain.count
      let link = Link(table: table, name: name, service: service, reference: reference)
      chain.append(link)
      guard let (nextTable, nextName) = follow(link) else {
        base = nil
        break
      }
      (table, name) = (nextTable, nextName)
    }
    return merge(chain.reversed(), onto: base)
  }

  private func merge(_ chain: some Sequence<Link>, onto base: Node?) -> Node? {
    var result = base
    for link in chain {
      if let source = result {
        guard hasRoom(for: source, link) else { return nil }
        result = merge(link, onto: source)
      }
      link.table.resolved[link.name] = .some(result)
    }
    return result
  }

  /// Thousands of services that extend a large one multiply it.
  private func hasRoom(for base: Node, _ link: Link) -> Bool {
    let wasFull = session.extendedNodeCount > Self.maximumNodes
    guard !wasFull else { return false }
    session.extendedNodeCount += base.nodeCount
    guard session.extendedNodeCount > Self.maximumNodes else { return true }
    session.report.error(
      "services take over more than \(Self.maximumNodes) values by `extends`", link.reference,
      ["services", .key(link.name), "extends"])
    return false
  }

  private static let maximumNodes = 500_000

  private func merge(_ link: Link, onto base: Node) -> Node {
    // A base without a body leaves the service as it is; the validation will refuse the base.
    guard base.mapping != nil else { return link.service }
    var merged = base
    link.table.tags.apply(toBaseOf: link.name, &merged)
    Merging.mergeService(
      link.service, into: &merged, path: ["services", .key(link.name)],
      keys: session.keys, report: &session.report)
    merged.mapping?.remove("extends")
    merged.mark = link.service.mark
    return merged
  }

  // MARK: - Following one reference

  private func follow(_ link: Link) -> (ServiceTable, String)? {
    let path: NodePath = ["services", .key(link.name), "extends"]
    guard let name = link.reference.stringValue ?? link.reference["service"]?.stringValue else {
      session.report.error(
        "expected the name of a service, or a map with the key `service`", link.reference, path)
      return nil
    }
    var table = link.table
    if let file = link.reference["file"], !file.isNull {
      guard let other = load(file, path.appending("file")) else { return nil }
      session.provenance.extend(link.name, from: other.shownName, by: link.reference)
      table = other
    }
    guard table.services.contains(name) else {
      reportMissing(name, in: table, link, path)
      return nil
    }
    return (table, name)
  }

  private func reportMissing(
    _ name: String, in table: ServiceTable, _ link: Link, _ path: NodePath
  ) {
    let node = link.reference["service"] ?? link.reference
    let meant = Suggestion.nearest(to: name, in: table.services.keys)
    session.report.error(
      "there is no service `\(name)` in \(table.shownName) to extend", node, path,
      hint: meant.map { "did you mean `\($0)`?" })
  }

  private func reportCycle(_ chain: [Link], from start: Int) {
    let links = chain[start...]
    guard let first = links.first else { return }
    let names = (links + [first]).map { "\($0.name) (\($0.table.shownName))" }
    session.report.error(
      "services extend one another in a circle: \(names.joined(separator: " → "))",
      first.reference, ["services", .key(first.name), "extends"],
      notes: links.dropFirst().map { $0.reference.note("\($0.name) extends the next here") })
  }

  // MARK: - Other files

  private func load(_ file: Node, _ path: NodePath) -> ServiceTable? {
    guard let text = file.stringValue, !text.isEmpty else {
      session.report.error("expected the path of a file", file, path)
      return nil
    }
    let isRemote = RemoteFile.isRemote(text)
    let absolute: String
    if isRemote {
      guard let path = session.bring(text, .node(file, path)) else { return nil }
      absolute = path
    } else {
      let expanded = PathText.expandingHome(text, home: session.home)
      absolute = PathText.absolute(expanded, in: scope.directory)
    }
    let key = ExtendedFileKey(path: absolute, directory: scope.directory, base: scope.base)
    if let known = session.extendedFiles[key] { return known }
    guard let table = read(absolute, file, path, isRemote: isRemote) else { return nil }
    session.extendedFiles[key] = table
    return table
  }

  /// Reads a file for its services alone: without its includes, and without holding it to the
  /// specification; the merged services will be.
  private func read(
    _ path: String, _ file: Node, _ place: NodePath, isRemote: Bool
  ) -> ServiceTable? {
    let errorsBefore = session.report.errorCount
    guard let documents = session.documents(of: path, readBy: .node(file, place)) else {
      return nil
    }
    var model = Node.mapping(Mapping())
    var tags = MergeTags()
    for var document in documents where document.mapping != nil {
      tags = MergeTags(takingFrom: &document)
      InterpolationStage.run(&document, scope.environment, session)
      tags.apply(to: &model)
      Merging.merge(document, into: &model, keys: session.keys, report: &session.report)
      Uniqueness.enforce(on: &model, keys: session.keys, report: &session.report)
      Canonicalization.apply(
        to: &model, interpolated: session.options.interpolate, report: &session.report)
      Uniqueness.enforce(on: &model, keys: session.keys, report: &session.report)
    }
    let own = PathText.directory(of: path)
    let directory = isRemote ? own : PathText.relative(own, to: scope.directory)
    DocumentStages.paths(from: directory, session).apply(to: &model, report: &session.report)
    guard session.report.errorCount == errorsBefore else { return nil }
    guard let services = model["services"]?.mapping else {
      session.report.error("\(session.shownName(of: path)) has no services", file, place)
      return nil
    }
    return ServiceTable(
      shownName: session.shownName(of: path), realPath: session.reader.realPath(path) ?? path,
      services: services, tags: tags)
  }
}

extension Node {
  /// How many values this is, itself and all below it.
  fileprivate var nodeCount: Int {
    switch value {
    case .sequence(let elements): elements.reduce(1) { $0 + $1.nodeCount }
    case .mapping(let mapping): mapping.entries.reduce(1) { $0 + $1.value.nodeCount }
    default: 1
    }
  }
}
