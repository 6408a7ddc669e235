import YAML

/// Replaces the variables of a document, if the request wants that.
enum InterpolationStage {
  static func run(
    _ document: inout Node, _ environment: ProjectEnvironment, _ session: LoadSession
  ) {
    guard session.options.interpolate else { return }
    interpolator(environment, session).interpolate(&document, report: &session.report)
  }

  /// Replaces the variables of one value without a word: the document it is from is reported on
  /// later.
  static func runSilently(
    _ node: inout Node, _ environment: ProjectEnvironment, _ session: LoadSession
  ) {
    guard session.options.interpolate else { return }
    var ignored = Report()
    interpolator(environment, session).interpolate(&node, report: &ignored)
  }

  private static func interpolator(
    _ environment: ProjectEnvironment, _ session: LoadSession
  ) -> Interpolator {
    Interpolator(
      environment: environment, files: session.reader, directory: session.workingDirectory,
      keys: session.keys)
  }
}
