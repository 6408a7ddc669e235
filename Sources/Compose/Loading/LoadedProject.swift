import Model
import YAML

/// What a load gives: the resolved model, and what it was made from.
public struct LoadedProject: Sendable {
  /// The project's name.
  public var name: String
  /// The resolved model. Without interpolation it is canonical, but any value may still be text.
  public var tree: Node
  /// The typed project; nil when the request leaves out interpolation or normalisation.
  public var project: Project?
  /// What is worth a warning, in a stable order.
  public var warnings: [Diagnostic]
  /// The variables of interpolation and where they come from.
  public var environment: ProjectEnvironment
  /// The directory that relative paths start from; absolute.
  public var workingDirectory: String
  /// The Compose files in the order of merging; absolute paths, `-` for standard input.
  public var composeFiles: [String]
  /// The env files that gave variables; absolute paths.
  public var environmentFiles: [String]
  /// The profiles that are active.
  public var activeProfiles: [String]
  /// The services that take no part, by profile or because others were named.
  public var disabledServices: [String]
  /// All profiles that services of the files have, sorted.
  public var profiles: [String]
  /// True when values have their types, which they lack without interpolation.
  var isTyped: Bool

  /// The model as `config` prints it.
  public func printed(_ format: PrintedFormat) -> Node {
    if isTyped { return Printing(format: format).print(tree) }
    return (format == .json ? EmptyLists.cleared(in: tree) : tree).sortedByKeys()
  }

  /// The names of the active services, sorted.
  public var serviceNames: [String] { keys(of: "services") }
  /// The keys of the networks, sorted.
  public var networkNames: [String] { keys(of: "networks") }
  /// The keys of the volumes, sorted.
  public var volumeNames: [String] { keys(of: "volumes") }

  /// The images of the active services, sorted by service; those without one get the name that a
  /// build gives them.
  public var imageNames: [String] {
    serviceNames.map { service in
      let image = tree["services"]?[service]?["image"]?.stringValue ?? ""
      return image.isEmpty ? "\(name)-\(service)" : image
    }
  }

  /// The models that are asked for, sorted by their keys.
  public var modelNames: [String] {
    keys(of: "models").compactMap { tree["models"]?[$0]?["model"]?.stringValue }
      .filter { !$0.isEmpty }
  }

  /// The variables of interpolation as `NAME=value`, sorted.
  public var environmentLines: [String] {
    environment.values.map { "\($0.key)=\($0.value)" }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func keys(of section: String) -> [String] {
    (tree[section]?.mapping?.entries.map(\.key) ?? [])
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
