import Model

/// What is remembered of a project between commands (`project.json`).
package struct ProjectRecord: Sendable, Hashable {
  /// The project's name.
  package var name: String
  /// The directory that it was brought up from.
  package var workingDirectory: String
  /// Its Compose files.
  package var files: [String]
  /// Its services, each after those that it depends on.
  package var serviceOrder: [String]

  /// Makes a record.
  package init(
    name: String, workingDirectory: String, files: [String], serviceOrder: [String]
  ) {
    self.name = name
    self.workingDirectory = workingDirectory
    self.files = files
    self.serviceOrder = serviceOrder
  }

  /// The record as it stands in `project.json`.
  package var json: JSON {
    [
      "name": .string(name), "workingDirectory": .string(workingDirectory),
      "files": .strings(files), "serviceOrder": .strings(serviceOrder),
    ]
  }

  /// Reads a record; nil when it is malformed.
  package init?(json: JSON) {
    guard let name = json["name"]?.stringValue else { return nil }
    self.init(
      name: name, workingDirectory: json.text("workingDirectory"), files: json.strings("files"),
      serviceOrder: json.strings("serviceOrder"))
  }
}
