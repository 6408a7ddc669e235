import Model
import YAML

/// Goes on after a stage that failed, and reports what the later ones say about the rest of the
/// model, so that all errors of a file are seen at once and not one kind after the other.
///
/// An error that may only follow from one that is known is left out.
enum ErrorRecovery {
  static func reportMore(
    about model: Node, named name: String, _ environment: ProjectEnvironment,
    _ activation: ProfileActivation, _ session: LoadSession
  ) {
    guard session.options.interpolate, model.mapping != nil else { return }
    let known = session.report.errors
    var model = model
    var report = Report()
    Normalization(projectName: name, environment: environment).apply(to: &model)
    Typing.apply(to: &model, keys: session.keys, report: &report)
    if session.options.checkConsistency, !session.hasFailedInclude,
      known.allSatisfy(concernsOneService)
    {
      let disabled = activation.apply(to: &model)
      report.add(ConsistencyChecks.check(model, disabled: disabled))
    }
    let unresolved = (model["services"]?.mapping?.entries ?? [])
      .filter { $0.value["extends"] != nil }
      .map { "services.\($0.key)" }
    session.report.add(
      report.messages.filter { message in
        isIndependent(message, of: known)
          && !unresolved.contains { Provenance.isPrefix($0, of: message.path) }
      })
  }

  /// References to what an unknown section may have held are not missing.
  private static func concernsOneService(_ error: Diagnostic) -> Bool {
    error.path.hasPrefix("services.")
  }

  private static func isIndependent(_ message: Diagnostic, of known: [Diagnostic]) -> Bool {
    known.allSatisfy { error in
      (error.location == nil || error.location != message.location)
        && !Provenance.isPrefix(error.path, of: message.path)
        && !Provenance.isPrefix(message.path, of: error.path)
    }
  }
}
