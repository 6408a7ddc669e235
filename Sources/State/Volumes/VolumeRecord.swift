import Model

/// A volume as it is kept on disk (`volume.json`).
package struct VolumeRecord: Sendable, Hashable {
  /// The full name.
  package var name: String
  /// The driver; `local` is the only one.
  package var driver = "local"
  /// Options of the driver.
  package var options: OrderedMap<String> = [:]
  /// Its labels.
  package var labels: OrderedMap<String> = [:]
  /// The project that made it.
  package var project: String?
  /// The key in that project's file.
  package var key: String?
  /// When it was made.
  package var created: Timestamp
  /// True for a volume without a name of its own.
  package var isAnonymous = false
  /// The hash of its configuration.
  package var configHash = ""

  package init(name: String, created: Timestamp) {
    self.name = name
    self.created = created
  }

  package var json: JSON {
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

  package init?(json: JSON) {
    guard let name = json["name"]?.stringValue, let created = json.timestamp("created") else {
      return nil
    }
    self.init(name: name, created: created)
    driver = json.text("driver")
    options = OrderedMap(json.stringMap("options"))
    labels = OrderedMap(json.stringMap("labels"))
    project = json["project"]?.stringValue
    key = json["key"]?.stringValue
    isAnonymous = json.flag("anonymous")
    configHash = json.text("configHash")
  }

  /// The directory of the host that a volume stands for (`type: none`, `o: bind`, `device: …`).
  package var boundDirectory: String? {
    let values = Dictionary(options.map { ($0.key, $0.value) }) { _, last in last }
    let flags = (values["o"] ?? "").split(separator: ",")
    guard flags.contains("bind") || flags.contains("rbind") else { return nil }
    return values["device"]
  }
}
