import Linux
import Model
import State
import TestSupport
import Testing

/// One kind of root value on disk, as the tests of formats need it.
struct RootValue: Sendable, CustomStringConvertible {
  /// The name of the directory of its golden files.
  let name: String
  /// The type that conforms to `Versioned`; nil for what is read in another way.
  let type: String?
  /// The newest format.
  let format: Int
  /// Reads a value and writes it again.
  let rewrite: @Sendable (JSON) throws -> JSON

  var description: String { name }

  init<Value: Versioned & SendableMetatype>(_ name: String, _ type: Value.Type) {
    self.name = name
    self.type = "\(type)"
    format = type.format
    rewrite = { try Value(json: $0, of: .file("\(name).json")).json }
  }

  private init(_ name: String, format: Int, _ rewrite: @escaping @Sendable (JSON) throws -> JSON) {
    self.name = name
    type = nil
    self.format = format
    self.rewrite = rewrite
  }

  /// All kinds of root values.
  static let all: [RootValue] = [
    RootValue("container", ContainerRecord.self), RootValue("spec", ContainerSpec.self),
    RootValue("exit", ExitRecord.self), RootValue("init", InitRecord.self),
    RootValue("process", ProcessIdentity.self), RootValue("health", HealthReport.self),
    RootValue("restarts", RestartRecord.self), RootValue("project", ProjectRecord.self),
    RootValue("event", EngineEvent.self), RootValue("volume", VolumeRecord.self),
    RootValue("network", NetworkRecord.self), RootValue("names", NameRecord.self),
    RootValue("ports", PortReservation.self), RootValue("host-settings", HostSettingsRecord.self),
    RootValue("layer", UnpackedLayerRecord.self), RootValue("build-step", BuildStepRecord.self),
    RootValue("recipe", BuildRecipeRecord.self),
    RootValue("compressed-layer", CompressedLayerRecord.self),
    RootValue("idmap", IDMapRecord.self), RootValue("layer-mapping", LayerMappingRecord.self),
    RootValue("network-state", format: NetworkState.format, rewriteNetworkState),
  ]

  /// The networks of the golden files: a network's state names them, and is read with them.
  @Sendable private static func rewriteNetworkState(_ json: JSON) throws -> JSON {
    let directory = try TemporaryDirectory()
    let place = directory.layout.container(.random())
    try Files.makeDirectories(place.run)
    try Files.write(place.networkState, json.utf8())
    let networks = try ["front", "back"].map { name in
      try NetworkRecord(
        json: GoldenFiles.read("network/0/\(name).json"), of: .file("network.json"))
    }
    let state = try NetworkState.read(place, .random()) { name in
      networks.first { $0.name == name }
    }
    return state?.json ?? .null
  }
}

/// The files of earlier formats that are kept beside the tests.
enum GoldenFiles {
  private static let directory = Files.parent(of: #filePath) + "/Golden"

  /// The names of the files of one kind of value in one format.
  static func names(_ kind: String, format: Int) throws -> [String] {
    try Files.listIfPresent("\(directory)/\(kind)/\(format)").sorted()
  }

  static func read(_ path: String) throws -> JSON {
    try JSON.parse(Files.read("\(directory)/\(path)"))
  }

  /// The kinds of values that there are files of.
  static func kinds() throws -> [String] { try Files.list(directory).sorted() }
}
