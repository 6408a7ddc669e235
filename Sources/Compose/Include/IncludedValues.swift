import Model
import YAML

/// The values of secrets and configs whose `environment` names a variable that included files see:
/// from their own `.env` or the `env_file` of their entry, which the project itself does not read.
struct IncludedValues {
  private struct Known {
    var variable: String
    var value: String
    var node: Node
  }

  private static let sections = ["secrets", "configs"]
  private var known: [NodePath: Known] = [:]

  /// Keeps what the secrets and configs of an included model are, as its variables say now.
  ///
  /// A model that includes others holds theirs too. What these found is not changed: variables of the
  /// includer come first for them as well.
  mutating func keep(
    for model: Node, _ environment: ProjectEnvironment, report: inout Report
  ) {
    for section in Self.sections {
      for entry in model[section]?.mapping?.entries ?? [] {
        guard let node = entry.value["environment"], let variable = node.stringValue,
          let value = environment[variable]
        else { continue }
        let path: NodePath = [.key(section), .key(entry.key)]
        guard let other = known[path] else {
          known[path] = Known(variable: variable, value: value, node: node)
          continue
        }
        if other.variable == variable, other.value != value {
          report.add(
            node.diagnostic(
              .error,
              "`\(entry.key)` is in two included files, for which \(variable) has two values",
              path: path.appending("environment"),
              hint: "rename one, or give both the same env files",
              notes: [other.node.note("the other one is here")]))
        }
      }
    }
  }

  /// Gives the objects of a section their values, unless a file that overrides them names another
  /// variable.
  func apply(to objects: inout [FileObject], _ section: String) {
    for index in objects.indices {
      guard case .environment(let variable) = objects[index].content,
        let own = known[[.key(section), .key(objects[index].key)]], own.variable == variable
      else { continue }
      objects[index].includedValue = own.value
    }
  }
}
