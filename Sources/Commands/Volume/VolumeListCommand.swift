import ArgumentParser
import Engine
import Model

/// `roost volume ls`.
struct VolumeListCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List volumes.", aliases: ["list"])

  @Option(
    name: [.customShort("f"), .long],
    help: ArgumentHelp(
      "Only some volumes: name=TEXT, label=KEY[=VALUE], dangling=true|false.",
      valueName: "filter"))
  var filter: [String] = []
  @Option(help: "table, json, or a Go template.")
  var format: String?
  @Flag(name: [.customShort("q"), .long], help: "Only names.")
  var quiet = false

  func run(in context: CommandContext) throws {
    var volumes = try context.engine().volumes(project: nil)
    for word in filter {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw EngineError("--filter \(word): expected KEY=VALUE") }
      switch parts[0] {
      case "name": volumes = volumes.filter { $0.name.contains(parts[1]) }
      case "dangling": volumes = volumes.filter { $0.usedBy.isEmpty == (parts[1] == "true") }
      case "label": volumes = volumes.filter { LabelFilter.matches($0.labels, parts[1]) }
      default:
        throw EngineError("--filter \(parts[0]): expected name, label or dangling")
      }
    }
    volumes.sort { $0.name < $1.name }
    try VolumeRow.print(volumes, format: format, quiet: quiet, in: context)
  }
}

/// `--filter label=KEY[=VALUE]`.
enum LabelFilter {
  /// True when the labels have the key, with the value if one is given.
  static func matches(_ labels: OrderedMap<String>, _ wanted: String) -> Bool {
    let parts = wanted.split(separator: "=", maxSplits: 1).map(String.init)
    return labels.contains { label in
      label.key == parts[0] && (parts.count == 1 || label.value == parts[1])
    }
  }
}
