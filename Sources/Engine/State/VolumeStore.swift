import Glibc
import Linux
import Model

/// A volume as it is kept on disk (`volume.json`).
struct VolumeRecord: Sendable, Hashable {
  /// The full name.
  var name: String
  /// The driver; `local` is the only one.
  var driver = "local"
  /// Options of the driver.
  var options: [ContainerSummary.Label] = []
  /// Its labels.
  var labels: [ContainerSummary.Label] = []
  /// The project that made it.
  var project: String?
  /// The key in that project's file.
  var key: String?
  /// When it was made.
  var created: Timestamp
  /// True for a volume without a name of its own.
  var isAnonymous = false
  /// The hash of its configuration.
  var configHash = ""

  init(name: String, created: Timestamp) {
    self.name = name
    self.created = created
  }

  var json: JSON {
    var object = JSONObject([
      ("name", .string(name)), ("driver", .string(driver)), ("created", .string(created.rfc3339)),
    ])
    object.set("options", .stringMap(options.map { ($0.key, $0.value) }))
    object.set("labels", .stringMap(labels.map { ($0.key, $0.value) }))
    object.set("project", project.map(JSON.string))
    object.set("key", key.map(JSON.string))
    object.set("anonymous", .bool(isAnonymous))
    object.set("configHash", .string(configHash))
    return .object(object)
  }

  init?(json: JSON) {
    guard let name = json["name"]?.stringValue, let created = json.timestamp("created") else {
      return nil
    }
    self.init(name: name, created: created)
    driver = json.text("driver")
    options = json.stringMap("options").map { ContainerSummary.Label(key: $0.key, value: $0.value) }
    labels = json.stringMap("labels").map { ContainerSummary.Label(key: $0.key, value: $0.value) }
    project = json["project"]?.stringValue
    key = json["key"]?.stringValue
    isAnonymous = json.flag("anonymous")
    configHash = json.text("configHash")
  }

  /// The directory of the host that a volume stands for (`type: none`, `o: bind`, `device: …`).
  var boundDirectory: String? {
    let values = Dictionary(options.map { ($0.key, $0.value) }) { _, last in last }
    let flags = (values["o"] ?? "").split(separator: ",")
    guard flags.contains("bind") || flags.contains("rbind") else { return nil }
    return values["device"]
  }
}

/// The volumes on disk: one directory each, with `_data` and `volume.json`.
struct VolumeStore: Sendable {
  let layout: Layout

  private func file(_ name: String) -> String { "\(layout.volume(name))/volume.json" }

  /// Where a volume's files lie.
  func mountpoint(_ volume: VolumeRecord) -> String {
    volume.boundDirectory ?? "\(layout.volume(volume.name))/_data"
  }

  /// The volume of a name; nil when there is none.
  func find(_ name: String) -> VolumeRecord? {
    guard !name.contains("/") else { return nil }
    return StateFile.read(file(name)).flatMap { VolumeRecord(json: $0) }
  }

  /// All volumes by name.
  func all() -> [VolumeRecord] {
    ((try? Files.listIfPresent(layout.volumes)) ?? []).compactMap(find)
  }

  /// Makes a volume; one that is there stays as it is.
  func create(_ record: VolumeRecord) throws(EngineError) {
    try explaining("make volume \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories("\(layout.volume(record.name))/_data")
    }
    guard find(record.name) == nil else { return }
    try StateFile.write(file(record.name), record.json)
  }

  /// Removes a volume with its files.
  func remove(_ name: String) throws(EngineError) {
    try explaining("remove volume \(name)") { () throws(SyscallError) in
      if Files.exists(layout.volume(name)) { try Files.removeTree(layout.volume(name)) }
    }
  }
}
