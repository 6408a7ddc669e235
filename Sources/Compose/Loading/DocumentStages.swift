import Model
import YAML

/// One document of a file on its way into the model.
struct DocumentState {
  /// The document.
  var document: Node
  /// What the documents before it became.
  var model: Node
  /// The places of `!reset` and `!override` in the document.
  var tags = MergeTags()
  /// The file that it is from.
  let file: String
  let scope: LoadScope
}

/// A step that every document goes through.
struct DocumentStage: Sendable {
  let name: String
  let run: @Sendable (inout DocumentState, LoadSession) -> Void
}

/// The way of the documents of a set of files to one model, stage by stage.
///
/// Each document is merged onto the model of those before it, and the model is then validated as a
/// whole: a fragment need not be complete, but with what it overrides it must be.
enum DocumentStages {
  static let all: [DocumentStage] = [
    DocumentStage(name: "tags") { state, _ in
      state.tags = MergeTags(takingFrom: &state.document)
    },
    DocumentStage(name: "interpolate") { state, session in
      InterpolationStage.run(&state.document, state.scope.environment, session)
    },
    DocumentStage(name: "jobs") { state, session in
      session.jobs.takeIn(&state.document, report: &session.report)
    },
    DocumentStage(name: "extends") { state, session in ExtendsStage.run(&state, session) },
    DocumentStage(name: "reset") { state, _ in state.tags.apply(to: &state.model) },
    DocumentStage(name: "include") { state, session in IncludeStage.run(&state, session) },
    DocumentStage(name: "merge") { state, session in
      Merging.merge(
        state.document, into: &state.model, keys: session.keys, report: &session.report)
    },
    DocumentStage(name: "unify") { state, session in
      Uniqueness.enforce(on: &state.model, keys: session.keys, report: &session.report)
    },
    DocumentStage(name: "validate") { state, session in
      session.report.addNew(SchemaValidator.validate(state.model, against: session.keys.file))
    },
    DocumentStage(name: "version") { state, session in dropVersion(&state, session) },
    DocumentStage(name: "canonicalise") { state, session in
      PortBudget.enforce(on: &state.model, report: &session.report)
      Canonicalization.apply(
        to: &state.model, interpolated: session.options.interpolate, report: &session.report)
    },
    // Canonical forms reveal further duplicates: a range of ports meets a single one.
    DocumentStage(name: "unify again") { state, session in
      Uniqueness.enforce(on: &state.model, keys: session.keys, report: &session.report)
    },
  ]

  /// Loads files that are merged in order; nil when that failed, which is in the session's report.
  static func load(
    _ files: [(path: String, place: FilePlace)], _ scope: LoadScope, _ session: LoadSession
  ) -> Node? {
    var model = Node.mapping(Mapping())
    let errorsBefore = session.report.errorCount
    for file in files {
      guard let documents = session.documents(of: file.path, readBy: file.place) else {
        return nil
      }
      for document in documents {
        // What a broken document leads to would only be said again by the next.
        guard session.report.errorCount == errorsBefore else { return nil }
        run(document, of: file.path, onto: &model, scope, session)
      }
    }
    finish(&model, scope, session)
    // Not as `? model : nil`: a node can be made of nil, and then holds nothing.
    if session.report.errorCount == errorsBefore { return model }
    if scope.chain.isEmpty { session.unfinishedModel = model }
    return nil
  }

  private static func run(
    _ document: Node, of file: String, onto model: inout Node, _ scope: LoadScope,
    _ session: LoadSession
  ) {
    if let message = ForeignFiles.message(about: document) { return session.report.add(message) }
    guard document.mapping != nil else {
      if let source = document.mark.source, let message = ForeignFiles.message(about: source) {
        return session.report.add(message)
      }
      return session.report.error(
        "a Compose file is a map at the top, but this is \(document.kind)", document, NodePath(),
        hint: "begin with `services:`")
    }
    let strange = strangeKeys(of: document)
    guard strange.isEmpty else { return session.report.add(strange) }
    var state = DocumentState(document: document, model: model, file: file, scope: scope)
    model = .null()
    for stage in all {
      Trace.timed(.load, "\(file), \(stage.name)") { stage.run(&state, session) }
    }
    model = state.model
  }

  /// Keys at the top whose line is indented by something that looks like blanks: what they hold is
  /// missing elsewhere, which would only be said again in other words.
  private static func strangeKeys(of document: Node) -> [Diagnostic] {
    (document.mapping?.entries ?? []).compactMap { entry in
      StrangeCharacters.message(about: entry.key, at: entry.keyMark, [.key(entry.key)])
    }
  }

  /// What is done once for all files of a set.
  private static func finish(_ model: inout Node, _ scope: LoadScope, _ session: LoadSession) {
    Defaults.apply(to: &model, report: &session.report)
    ModelChecks.check(&model, report: &session.report)
    if session.options.resolvePaths || !scope.chain.isEmpty {
      paths(from: scope.base, session).apply(to: &model, report: &session.report)
    }
    if session.options.interpolate { ListedVariables.resolve(in: &model, scope.environment) }
    if !scope.chain.isEmpty {
      session.includedValues.keep(for: model, scope.environment, report: &session.report)
    }
  }

  static func paths(from directory: String, _ session: LoadSession) -> PathResolution {
    PathResolution(
      directory: directory, home: session.home, realPath: session.reader.realPath)
  }

  private static func dropVersion(_ state: inout DocumentState, _ session: LoadSession) {
    guard let entry = state.model.mapping?.entry("version") else { return }
    state.model.mapping?.remove("version")
    session.report.add(
      entry.keyMark.diagnostic(
        .warning, "`version` is obsolete and has no effect", path: ["version"],
        hint: "remove this line"))
  }
}

/// Variables without a value in the list form of `environment`: those take the value that the
/// files of their own set see, an included file's own `.env` too.
enum ListedVariables {
  static func resolve(in model: inout Node, _ environment: ProjectEnvironment) {
    model["services"]?.mapping?.updateValues { _, _, service in
      guard service["environment"]?.sequence != nil else { return }
      service["environment"]?.updateElements { _, element in
        guard let name = element.stringValue, let value = environment[name] else { return }
        element.value = .string("\(name)=\(value)")
      }
    }
  }
}
