import Engine
import Model

/// One volume as listings show it.
enum VolumeRow {
  /// Prints a listing of volumes.
  static func print(
    _ volumes: [VolumeSummary], format: String?, quiet: Bool, in context: CommandContext
  ) throws {
    if quiet { return volumes.forEach { context.print($0.name) } }
    let listing = Listing(
      columns: [.init("Driver"), .init("Name", "VOLUME NAME")], rows: volumes.map(row),
      labels: volumes.map(\.labels))
    context.print(try listing.text(format: format), terminator: "")
  }

  private static func row(_ volume: VolumeSummary) -> JSON {
    [
      "Driver": .string(volume.driver), "Labels": .string(LabelText.text(volume.labels)),
      "Links": .string(String(volume.usedBy.count)), "Mountpoint": .string(volume.mountpoint),
      "Name": .string(volume.name), "Scope": "local",
    ]
  }
}

/// Labels as listings show them: `a=1,b=2`.
enum LabelText {
  /// The text of labels.
  static func text(_ labels: OrderedMap<String>) -> String {
    labels.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }

  /// The labels as an object.
  static func json(_ labels: OrderedMap<String>) -> JSON {
    .stringMap(labels.map { (key: $0.key, value: $0.value) })
  }
}
