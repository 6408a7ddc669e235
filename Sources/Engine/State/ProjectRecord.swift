import Model

/// What is remembered of a project between commands (`project.json`).
public struct ProjectRecord: Sendable, Hashable {
  /// The project's name.
  public var name: String
  /// The directory that it was brought up from.
  public var workingDirectory: String
  /// Its Compose files.
  public var files: [String]
  /// Its services, each after those that it depends on.
  public var serviceOrder: [String]

  /// Makes a record.
  public init(
    name: String, workingDirectory: String, files: [String], serviceOrder: [String]
  ) {
    self.name = name
    self.workingDirectory = workingDirectory
    self.files = files
    self.serviceOrder = serviceOrder
  }

  /// The record as it stands in `project.json`.
  public var json: JSON {
    [
      "name": .string(name), "workingDirectory": .string(workingDirectory),
      "files": .strings(files), "serviceOrder": .strings(serviceOrder),
    ]
  }

  /// Reads a record; nil when it is malformed.
  public init?(json: JSON) {
    guard let name = json["name"]?.stringValue else { return nil }
    self.init(
      name: name, workingDirectory: json.text("workingDirectory"), files: json.strings("files"),
      serviceOrder: json.strings("serviceOrder"))
  }
}
