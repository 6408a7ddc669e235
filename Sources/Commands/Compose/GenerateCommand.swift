import ArgumentParser
import Compose
import Engine
import Model
import YAML

/// `roost alpha generate`: a Compose file from containers that are there.
struct GenerateCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Print a Compose file that makes containers like these.")

  @Option(help: "yaml or json.")
  var format = "yaml"
  @Option(help: "The project's name in the file.")
  var name: String?
  @Option(help: "The directory that paths in the file are relative to.")
  var projectDir: String?
  @Argument(help: "Containers, by name or id; none means all.")
  var containers: [String] = []

  func validate() throws {
    guard format == "yaml" || format == "json" else {
      throw ValidationError("--format \(format): expected yaml or json")
    }
  }

  func run(in context: CommandContext) throws {
    let engine = context.engine()
    let names = containers.isEmpty ? try engine.allContainers().map(\.name).sorted() : containers
    var file = GeneratedFile(
      directory: projectDir.map(context.absolute), networks: try engine.networks(project: nil),
      volumes: try engine.volumes(project: nil))
    for name in names { file.add(try engine.origin(container: name)) }
    let json = file.json(named: name)
    guard format == "yaml" else { return context.print(json.text(.pretty)) }
    // JSON is YAML.
    let source = SourceFile(name: "generated", text: json.text())
    guard let node = try Node.documents(in: source).first else { return }
    context.print(YAMLWriter.text(of: node.plain), terminator: "")
  }
}

/// A Compose file that grows by the containers that are to be like others.
private struct GeneratedFile {
  /// What paths are made relative to; nil keeps them.
  let directory: String?
  let networks: [NetworkSummary]
  let volumes: [VolumeSummary]
  private var services: [String: JSONObject] = [:]
  private var counts: [String: Int] = [:]
  private var usedNetworks: [String: String] = [:]
  private var usedVolumes: [String: String] = [:]

  init(directory: String?, networks: [NetworkSummary], volumes: [VolumeSummary]) {
    self.directory = directory
    self.networks = networks
    self.volumes = volumes
  }

  mutating func add(_ origin: ContainerOrigin) {
    counts[origin.service, default: 0] += 1
    guard services[origin.service] == nil else { return }
    var service = JSONObject()
    for member in origin.configuration.objectValue?.members ?? [] where member.value != .null {
      service[member.key] = member.value
    }
    for key in service["networks"]?.objectValue?.keys.map({ $0 }) ?? [] {
      usedNetworks[key] = full(key, origin.project, among: networks.map(\.name))
    }
    service["volumes"] = service["volumes"]?.arrayValue.map { list in
      .array(list.map { mount($0, origin.project) })
    }
    services[origin.service] = service
  }

  /// The name of a network or volume that a file calls by a key.
  private func full(_ key: String, _ project: String, among names: [String]) -> String {
    let name = "\(project)_\(key)"
    return names.contains(name) ? name : key
  }

  private mutating func mount(_ mount: JSON, _ project: String) -> JSON {
    guard var object = mount.objectValue, let source = object["source"]?.stringValue else {
      return mount
    }
    if object["type"]?.stringValue == "volume" {
      usedVolumes[source] = full(source, project, among: volumes.map(\.name))
    } else if let directory, object["type"]?.stringValue == "bind" {
      let relative = PathText.relative(source, to: directory)
      object["source"] = .string(relative.hasPrefix(".") ? relative : "./\(relative)")
    }
    return .object(object)
  }

  func json(named name: String?) -> JSON {
    var file = JSONObject()
    if let name { file["name"] = .string(name) }
    var list = JSONObject()
    for (key, service) in services.sorted(by: { $0.key < $1.key }) {
      var service = service
      if let count = counts[key], count > 1 { service["scale"] = .integer(Int64(count)) }
      list[key] = .object(service)
    }
    file["services"] = .object(list)
    // They are there: what is made from the file shares them.
    for (section, used) in [("networks", usedNetworks), ("volumes", usedVolumes)] {
      guard !used.isEmpty else { continue }
      file[section] = .object(
        JSONObject(
          used.sorted { $0.key < $1.key }.map { entry in
            (entry.key, ["name": .string(entry.value), "external": true] as JSON)
          }))
    }
    return .object(file)
  }
}

extension Node {
  /// The same without the styles of the text that it was read from.
  fileprivate var plain: Node {
    switch value {
    case .sequence(let elements): return .sequence(elements.map(\.plain), at: .none)
    case .mapping(let mapping):
      var result = Mapping()
      for entry in mapping.entries { result.set(entry.key, entry.value.plain) }
      return .mapping(result, at: .none)
    default: return Node(value, at: .none)
    }
  }
}
