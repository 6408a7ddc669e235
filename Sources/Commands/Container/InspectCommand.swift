import ArgumentParser
import Engine
import Image
import Model

/// `roost inspect`: whatever a name stands for, as `docker inspect` shows it.
struct InspectCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show all that is known of containers, images, networks or volumes.")

  @Option(name: [.customShort("f"), .long], help: "json or a Go template.")
  var format: String?
  @Option(help: "What the names stand for: container, image, network or volume.")
  var type: Kind?
  @ArgumentParser.Argument(help: "Names or ids.")
  var names: [String]

  /// What a name can stand for.
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case container
    case image
    case network
    case volume
  }

  func run(in context: CommandContext) throws {
    let kinds = type.map { [$0] } ?? Kind.allCases
    try Inspection.print(
      names, kind: type?.rawValue ?? "container, image, network or volume", format: format,
      in: context
    ) { name in
      for kind in kinds { if let object = try find(name, kind, context) { return object } }
      return nil
    }
  }

  private func find(_ name: String, _ kind: Kind, _ context: CommandContext) throws -> JSON? {
    let engine = context.engine()
    switch kind {
    case .container:
      let name = name.hasPrefix("/") ? String(name.dropFirst()) : name
      context.revive(container: name)
      let all = try engine.allContainers()
      guard all.contains(where: { $0.name == name || $0.id.hex.hasPrefix(name) }) else {
        return nil
      }
      return try engine.inspect(container: name)
    case .image:
      let store = context.images
      return try store.find(name).map(store.inspect)
    case .network:
      let all = try engine.networks(project: nil)
      let network = all.first { $0.name == name } ?? all.first { $0.id.hex.hasPrefix(name) }
      return network.map(NetworkInspectCommand.object)
    case .volume:
      return try engine.volumes(project: nil).first { $0.name == name }
        .map(VolumeInspectCommand.object)
    }
  }
}
