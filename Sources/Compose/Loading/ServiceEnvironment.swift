import Model
import YAML

/// Reads the env files and label files of services and folds them into `environment` and `labels`.
///
/// Source: Compose specification, 05-services.md, "env_file" and "label_file".
struct ServiceEnvironment {
  let environment: ProjectEnvironment
  let session: LoadSession
  /// Where containers may write: what they make a link there must not be followed out.
  let shared: SharedDirectories

  /// Resolves all services of a model.
  func apply(to model: inout Node) {
    model["services"]?.mapping?.updateValues { name, _, service in
      let path: NodePath = ["services", .key(name)]
      if session.options.resolveEnvironment { resolveVariables(&service, path) }
      if session.options.resolveLabels, service["label_file"] != nil {
        resolveLabels(&service, path)
      }
    }
  }

  // MARK: Variables

  private func resolveVariables(_ service: inout Node, _ path: NodePath) {
    service["environment"]?.mapping?.updateValues { name, _, value in
      if value.isNull, let known = environment[name] { value.value = .string(known) }
    }
    guard let files = service["env_file"]?.sequence else { return }
    let own = service["environment"]?.mapping ?? Mapping()
    var variables = Mapping()
    for (index, file) in files.enumerated() {
      read(file, path.appending("env_file").appending(index), own, into: &variables)
    }
    for entry in own.entries { variables.set(entry.key, entry.value, keyMark: entry.keyMark) }
    let mark = service["environment"]?.mark ?? service["env_file"]?.mark ?? .none
    service.mapping?.remove("env_file")
    if !variables.isEmpty { service["environment"] = .mapping(variables, at: mark) }
  }

  private func read(
    _ file: Node, _ path: NodePath, _ own: Mapping, into variables: inout Mapping
  ) {
    let node = file["path"] ?? file
    let name = node.stringValue ?? ""
    let isRequired = file["required"]?.boolValue ?? true
    if session.reader.kind(name) == nil, !isRequired { return }
    guard let format = format(of: file, path),
      let source = session.source(of: name, readBy: .node(node, path), shared)
    else { return }
    let earlier = variables.entries.compactMap { entry in
      entry.value.stringValue.map { (entry.key, $0) }
    }
    let result = DotEnv.parse(
      source, format: format, earlier: Dictionary(uniqueKeysWithValues: earlier)
    ) { environment[$0] ?? own[$0]?.stringValue }
    session.report.add(result.messages)
    for entry in result.effectiveEntries {
      guard let value = entry.value else { continue }
      variables.set(entry.name, .string(value, at: entry.mark), keyMark: entry.mark)
    }
  }

  private func format(of file: Node, _ path: NodePath) -> DotEnv.Format? {
    guard let format = file["format"], let text = format.stringValue, !text.isEmpty else {
      return .standard
    }
    if text == "raw" { return .raw }
    session.report.error(
      "\"\(text)\" is not a format of an env file", format, path.appending("format"),
      hint: "the only format with a name is raw")
    return nil
  }

  // MARK: Labels

  private func resolveLabels(_ service: inout Node, _ path: NodePath) {
    var labels = Mapping()
    for (index, file) in (service["label_file"]?.sequence ?? []).enumerated() {
      let place = FilePlace.node(file, path.appending("label_file").appending(index))
      guard let source = session.source(of: file.stringValue ?? "", readBy: place, shared)
      else {
        continue
      }
      let known = labels
      let result = DotEnv.parse(source) { known[$0]?.stringValue }
      session.report.add(result.messages)
      for entry in result.effectiveEntries {
        guard let value = entry.value else { continue }
        labels.set(entry.name, .string(value, at: entry.mark), keyMark: entry.mark)
      }
    }
    for entry in service["labels"]?.mapping?.entries ?? [] {
      labels.set(entry.key, entry.value, keyMark: entry.keyMark)
    }
    let mark = service["labels"]?.mark ?? service["label_file"]?.mark ?? .none
    service.mapping?.remove("label_file")
    if !labels.isEmpty { service["labels"] = .mapping(labels, at: mark) }
  }
}
