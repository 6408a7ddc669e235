import Compose
import Model

/// The project a verb works on: loaded from its files, or known by its name only.
package struct ProjectSelection: Sendable {
  /// The project's name.
  package var name: String
  /// The loaded files; nil when the verb was called by name.
  package var project: Project?

  /// Selects a loaded project.
  package init(_ project: Project) {
    name = project.name
    self.project = project
  }

  /// Selects a project by the name under which it was brought up.
  package init(name: String) { self.name = name }
}
