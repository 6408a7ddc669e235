import ArgumentParser
import Engine
import Model

/// `roost volume inspect`.
struct VolumeInspectCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of volumes.")

  @Option(name: [.customShort("f"), .long], help: "json or a Go template.")
  var format: String?
  @Argument(help: "Volumes.")
  var volumes: [String]

  func run(in context: CommandContext) throws {
    let all = try context.engine().volumes(project: nil)
    try Inspection.print(volumes, kind: "volume", format: format, in: context) { name in
      all.first { $0.name == name }.map(object)
    } candidates: {
      all.map(\.name)
    }
  }

  private func object(_ volume: VolumeSummary) -> JSON {
    [
      "CreatedAt": .string(volume.created.rfc3339(fractionDigits: 0)),
      "Driver": .string(volume.driver), "Labels": LabelText.json(volume.labels),
      "Mountpoint": .string(volume.mountpoint), "Name": .string(volume.name),
      "Options": volume.options.isEmpty ? .null : LabelText.json(volume.options),
      "Scope": "local", "UsedBy": .strings(volume.usedBy),
    ]
  }
}
