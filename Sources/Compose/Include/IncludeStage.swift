import Model
import YAML

/// Loads the files that a document includes, each as a model of its own, and adds what they hold.
///
/// Source: Compose specification, 14-include.md.
enum IncludeStage {
  /// More files than this are a mistake: two includes in each of twenty files are a million.
  static let maximumCount = 1_000

  static func run(_ state: inout DocumentState, _ session: LoadSession) {
    guard let list = state.document["include"] else { return }
    state.document.mapping?.remove("include")
    if list.isNull { return }
    guard let entries = list.sequence else {
      return session.report.error(
        "expected a list of files, found \(list.kind)", list, ["include"],
        hint: ShapeHints.hint(for: list, at: ["include"]))
    }
    let scope = including(state, session)
    let errorsBefore = session.report.errorCount
    defer { session.hasFailedInclude = session.report.errorCount > errorsBefore }
    for (index, entry) in entries.enumerated() {
      let path: NodePath = ["include", .index(index)]
      guard let include = IncludeEntry(entry, path, &session.report),
        let imported = Inclusion(include: include, scope: scope, session: session).load()
      else { continue }
      importResources(of: imported, into: &state.document, include, session)
    }
  }

  /// The scope of the document, with its own file at the end of the chain.
  private static func including(_ state: DocumentState, _ session: LoadSession) -> LoadScope {
    var scope = state.scope
    let realPath = session.reader.realPath(state.file) ?? state.file
    if scope.chain.last?.realPath != realPath {
      scope.chain.append(
        LoadScope.Inclusion(realPath: realPath, shownName: session.shownName(of: state.file)))
    }
    return scope
  }

  private static let sections = ["services", "volumes", "networks", "secrets", "configs", "models"]

  private static func importResources(
    of imported: Node, into document: inout Node, _ include: IncludeEntry, _ session: LoadSession
  ) {
    for section in sections {
      guard let resources = imported[section]?.mapping else { continue }
      if document[section]?.isNull ?? true { document[section] = .mapping(Mapping()) }
      for entry in resources.entries {
        guard let own = document[section]?.mapping?.entry(entry.key) else {
          document[section]?.mapping?.set(entry.key, entry.value, keyMark: entry.keyMark)
          continue
        }
        if own.value != entry.value { reportConflict(entry, own, section, include, session) }
      }
    }
  }

  private static func reportConflict(
    _ entry: Mapping.Entry, _ own: Mapping.Entry, _ section: String, _ include: IncludeEntry,
    _ session: LoadSession
  ) {
    session.report.add(
      own.keyMark.diagnostic(
        .error, "`\(entry.key)` is also in an included file",
        path: [.key(section), .key(entry.key)],
        hint: "rename one, or change the included one in an override file of its include entry",
        notes: [
          entry.keyMark.note("the included one is here"), include.node.note("it is included here"),
        ]))
  }
}

/// One entry of `include`.
struct IncludeEntry {
  let node: Node
  let path: NodePath
  /// The files: the first leads, the others override it.
  private(set) var files: [Node] = []
  private(set) var projectDirectory: Node?
  private(set) var environmentFiles: [Node] = []

  init?(_ node: Node, _ path: NodePath, _ report: inout Report) {
    self.node = node
    self.path = path
    if node.stringValue != nil {
      files = [node]
      return
    }
    guard let mapping = node.mapping ?? (node.isNull ? Mapping() : nil) else {
      report.error("expected a path, or a map with the key `path`", node, path)
      return nil
    }
    for entry in mapping.entries where !Self.keys.contains(entry.key) {
      let meant = Suggestion.nearest(to: entry.key, in: Self.keys)
      report.add(
        entry.keyMark.diagnostic(
          .warning, "an entry of include has no key `\(entry.key)`; it has no effect",
          path: path.appending(entry.key), hint: meant.map { "did you mean `\($0)`?" }))
    }
    files = Self.texts(mapping["path"], path.appending("path"), &report)
    environmentFiles = Self.texts(mapping["env_file"], path.appending("env_file"), &report)
    projectDirectory =
      Self.texts(
        mapping["project_directory"], path.appending("project_directory"), &report
      ).first
    guard !files.isEmpty else {
      report.warning("this entry has no `path` and includes nothing", node, path)
      return nil
    }
  }

  private static let keys = ["path", "project_directory", "env_file"]

  private static func texts(
    _ node: Node?, _ path: NodePath, _ report: inout Report
  ) -> [Node] {
    guard let node, !node.isNull else { return [] }
    if node.stringValue != nil { return [node] }
    let texts = (node.sequence ?? []).filter { $0.stringValue != nil }
    if texts.count != node.sequence?.count {
      report.error("expected a path or a list of paths", node, path)
    }
    return texts
  }
}
