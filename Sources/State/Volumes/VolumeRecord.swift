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

  /// Describes a local volume without options.
  package init(name: String, created: Timestamp) {
    self.name = name
    self.created = created
  }

  /// Whether a volume can have a name. Source: `RestrictedNamePattern` of Docker.
  package static func isValid(name: String) -> Bool {
    func isLetterOrDigit(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        true
      default: false
      }
    }
    guard let first = name.utf8.first, isLetterOrDigit(first) else { return false }
    return (1...255).contains(name.utf8.count)
      && name.utf8.allSatisfy { isLetterOrDigit($0) || "_.-".utf8.contains($0) }
  }

  /// The directory of the host that a volume stands for (`type: none`, `o: bind`, `device: …`).
  package var boundDirectory: String? {
    let values = Dictionary(options.map { ($0.key, $0.value) }) { _, last in last }
    let flags = (values["o"] ?? "").split(separator: ",")
    guard flags.contains("bind") || flags.contains("rbind") else { return nil }
    return values["device"]
  }
}

extension VolumeRecord {
  /// The file system that the volume is; nil for a directory of this host.
  package var filesystem: VolumeFilesystem? {
    guard boundDirectory == nil, let type = options["type"], !["", "none"].contains(type) else {
      return nil
    }
    let words = (options["o"] ?? "").split(separator: ",").map(String.init)
    let device = options["device"] ?? ""
    return VolumeFilesystem(type: type, source: device.isEmpty ? type : device, options: words)
  }
}

extension VolumeRecord: Versioned {
  /// Reads the members of `volume.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(name: try reader.string("name"), created: try reader.timestamp("created"))
    driver = try reader.string("driver", driver)
    options = try reader.stringMap("options")
    labels = try reader.stringMap("labels")
    project = try reader.optionalString("project")
    key = try reader.optionalString("key")
    isAnonymous = try reader.flag("anonymous")
    configHash = try reader.string("configHash", "")
  }

  /// Writes the members of `volume.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("driver", driver)
    writer.set("created", created)
    writer.set("options", options)
    writer.set("labels", labels)
    writer.set("project", project)
    writer.set("key", key)
    writer.set("anonymous", isAnonymous)
    writer.set("configHash", nonEmpty: configHash)
  }
}
