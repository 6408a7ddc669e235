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
}

extension ProjectRecord: Versioned {
  /// Reads the members of `project.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      name: try reader.string("name"),
      workingDirectory: try reader.string("workingDirectory", ""),
      files: try reader.strings("files"), serviceOrder: try reader.strings("serviceOrder"))
  }

  /// Writes the members of `project.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("workingDirectory", workingDirectory)
    writer.set("files", json: .strings(files))
    writer.set("serviceOrder", json: .strings(serviceOrder))
  }
}
