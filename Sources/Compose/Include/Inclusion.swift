import Model
import YAML

/// Loads what one entry of `include` names.
struct Inclusion {
  let include: IncludeEntry
  /// The scope of the file that includes.
  let scope: LoadScope
  let session: LoadSession

  /// The model of the included files; nil when that failed, which is reported.
  func load() -> Node? {
    session.includedCount += 1
    guard session.includedCount <= IncludeStage.maximumCount else {
      if session.includedCount == IncludeStage.maximumCount + 1 {
        refuse("more than \(IncludeStage.maximumCount) files are included")
      }
      return nil
    }
    var files: [(path: String, place: FilePlace)] = []
    for file in include.files {
      guard let path = absolutePath(of: file) else { return nil }
      files.append((path, .node(file, include.path)))
      session.provenance.include(session.shownName(of: path), by: file)
    }
    guard let main = files.first?.path, let chain = chain(including: main) else { return nil }
    let (directory, base) = directories(of: main)
    guard let environment = environment(in: directory) else { return nil }
    let inner = LoadScope(
      directory: directory, base: base, environment: environment, chain: chain)
    return DocumentStages.load(files, inner, session)
  }

  private func refuse(_ message: String, _ node: Node? = nil, hint: String? = nil) {
    session.report.error(message, node ?? include.node, include.path, hint: hint)
  }

  private func absolutePath(of file: Node) -> String? {
    let text = file.stringValue ?? ""
    if RemoteFile.isRemote(text) { return session.bring(text, .node(file, include.path)) }
    return PathText.absolute(text, in: scope.directory)
  }

  /// The chain of includes with this one at its end; nil when it is in there already.
  private func chain(including path: String) -> [LoadScope.Inclusion]? {
    let realPath = session.reader.realPath(path) ?? path
    let step = LoadScope.Inclusion(
      realPath: realPath, shownName: session.shownName(of: path), entry: include.node)
    if let start = scope.chain.firstIndex(where: { $0.realPath == realPath }) {
      let circle = scope.chain[start...] + [step]
      let names = circle.map(\.shownName).joined(separator: " → ")
      session.report.error(
        "files include one another in a circle: \(names)", include.node, include.path,
        notes: circle.dropFirst().dropLast().compactMap { inclusion in
          inclusion.entry?.note("\(inclusion.shownName) is included here")
        })
      return nil
    }
    return scope.chain + [step]
  }

  /// The included project's directory, and what it is called from here.
  private func directories(of main: String) -> (directory: String, base: String) {
    guard let given = include.projectDirectory?.stringValue, !given.isEmpty else {
      let directory = PathText.directory(of: main)
      if include.files.first?.stringValue.map(RemoteFile.isRemote) ?? false {
        return (directory, directory)
      }
      return (directory, PathText.relative(directory, to: scope.directory))
    }
    let directory = PathText.absolute(given, in: scope.directory)
    if PathText.isAbsolute(given) { return (directory, directory) }
    // As for Docker Compose, paths start beside a project directory that is not there.
    let isThere = session.reader.kind(directory) == .directory
    let start = isThere ? directory : PathText.directory(of: directory)
    return (directory, PathText.relative(start, to: scope.directory))
  }

  /// The variables of the includer, and behind them those of the entry's env files, or else of the
  /// `.env` beside the included file.
  private func environment(in directory: String) -> ProjectEnvironment? {
    var files: [EnvironmentFileReference] = include.environmentFiles.map { node in
      EnvironmentFileReference(
        path: PathText.absolute(node.stringValue ?? "", in: scope.directory),
        place: .node(node, include.path.appending("env_file")))
    }
    let standard = PathText.join(directory, ".env")
    if files.isEmpty, session.reader.kind(standard) == .file {
      files = [EnvironmentFileReference(path: standard, place: .node(include.node, include.path))]
    }
    var environment = scope.environment
    let isRead = EnvironmentFiles.add(files, to: &environment, session)
    return isRead ? environment : nil
  }
}
