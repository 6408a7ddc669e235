import Model
import YAML

/// What a load gives: the resolved model, and what it was made from.
package struct LoadedProject: Sendable {
  /// The project's name.
  package var name: String
  /// The resolved model. Without interpolation it is canonical, but any value may still be text.
  package var tree: Node
  /// The typed project; nil when the request leaves out interpolation or normalisation.
  package var project: Project?
  /// What is worth a warning, in a stable order.
  package var warnings: [Diagnostic]
  /// The variables of interpolation and where they come from.
  package var environment: ProjectEnvironment
  /// The directory of the project, which it is named after; absolute.
  package var workingDirectory: String
  /// The directory that relative paths of the files start from; absolute. It is another than the
  /// working directory when the files were brought from elsewhere.
  package var pathDirectory = ""
  /// The Compose files in the order of merging; absolute paths, `-` for standard input.
  package var composeFiles: [String]
  /// The addresses of repositories and registries that files were brought from.
  package var remoteFiles: [String] = []
  /// The env files that gave variables; absolute paths.
  package var environmentFiles: [String]
  /// The profiles that are active.
  package var activeProfiles: [String]
  /// The services that take no part, by profile or because others were named.
  package var disabledServices: [String]
  /// All profiles that services of the files have, sorted.
  package var profiles: [String]
  /// True when values have their types, which they lack without interpolation.
  var isTyped: Bool
  /// The keys of the files.
  var keyTable = KeyTable.standard

  /// The model as `config` prints it.
  package func printed(_ format: PrintedFormat) -> Node {
    if isTyped { return Printing(format: format).print(tree, keys: keyTable) }
    return (format == .json ? EmptyLists.cleared(in: tree, keys: keyTable) : tree).sortedByKeys()
  }

  /// The names of the active services, sorted.
  package var serviceNames: [String] { keys(of: "services") }
  /// The keys of the networks, sorted.
  package var networkNames: [String] { keys(of: "networks") }
  /// The keys of the volumes, sorted.
  package var volumeNames: [String] { keys(of: "volumes") }

  /// The images of the active services, sorted by service; those without one get the name that a
  /// build gives them.
  package var imageNames: [String] {
    serviceNames.map { service in
      let image = tree["services"]?[service]?["image"]?.stringValue ?? ""
      return image.isEmpty ? "\(name)-\(service)" : image
    }
  }

  /// The models that are asked for, sorted by their keys.
  package var modelNames: [String] {
    keys(of: "models").compactMap { tree["models"]?[$0]?["model"]?.stringValue }
      .filter { !$0.isEmpty }
  }

  /// The variables of interpolation as `NAME=value`, sorted.
  package var environmentLines: [String] {
    environment.values.map { "\($0.key)=\($0.value)" }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func keys(of section: String) -> [String] {
    (tree[section]?.mapping?.entries.map(\.key) ?? [])
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
