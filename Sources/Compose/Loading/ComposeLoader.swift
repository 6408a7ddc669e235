import Model
import YAML

/// Loads a Compose project: finds the files, merges and validates them, and resolves everything
/// in them.
///
/// The way of a document is in `DocumentStages`; `ModelStages` follow for the model as a whole.
package struct ComposeLoader: Sendable {
  let reader: FileReader
  /// The keys that a file may have.
  let keys: KeyTable

  /// Makes a loader that reads files by `reader`.
  package init(reader: FileReader) { self.init(reader: reader, keys: .standard) }

  /// Makes a loader of files with other keys than those of the specification.
  init(reader: FileReader, keys: KeyTable) {
    self.reader = reader
    self.keys = keys
  }

  /// Loads what a request describes.
  ///
  /// - Throws: All errors that do not follow from one another, in the order of their places.
  package func load(_ request: LoadRequest) throws(Diagnostics) -> LoadedProject {
    let session = LoadSession(reader: reader, request: request, keys: keys)
    var files = ProjectFiles(request: request, session: session)
    files.find()
    try session.check()
    let named = files.files.map { (path: $0, place: FilePlace.commandLine) }
    let documents = named.flatMap { session.documents(of: $0.path, readBy: $0.place) ?? [] }
    try session.check()

    var environment = files.environment
    let naming = ProjectName(
      request: request, directory: files.directory, environment: environment, session: session)
    guard let name = naming.find(in: documents) else { throw session.failure }
    // Where the user set it is worth more than that it counts.
    if environment["COMPOSE_PROJECT_NAME"] != name {
      environment.override(
        "COMPOSE_PROJECT_NAME", ProjectEnvironment.Setting(value: name, source: .roost))
    }

    let scope = LoadScope(
      directory: files.pathDirectory, base: files.pathDirectory, environment: environment)
    let activation = ProfileActivation(request: request, environment: environment)
    guard let model = DocumentStages.load(named, scope, session), !session.report.hasErrors else {
      if let unfinished = session.unfinishedModel {
        ErrorRecovery.reportMore(
          about: unfinished, named: name, environment, activation, session)
      }
      throw session.failure
    }
    var state = ModelState(
      model: model, name: name, environment: environment, files: files, activation: activation)
    try state.checkNotEmpty(session)
    for stage in ModelStages.all where stage.isWanted(request) {
      Trace.timed(.load, stage.name) { stage.run(&state, request, session) }
      try session.check()
    }
    return try state.loaded(request, session)
  }
}
