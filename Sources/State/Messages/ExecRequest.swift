import Model

/// A further command in a container that runs.
package struct ExecRequest: Sendable, Hashable {
  /// The container.
  package var id: ObjectID
  /// The command and its arguments.
  package var arguments: [String]
  /// Variables on top of the container's own.
  package var environment: [NamedValue] = []
  /// `name|uid[:group|gid]`; the container's own user when nil.
  package var user: String?
  /// The directory it starts in, which must exist; the container's own when nil.
  package var workingDirectory: String?
  /// Gives it all capabilities that the container's namespaces allow.
  package var privileged = false
  /// Runs it on a terminal of its own.
  package var terminal = false
  /// The terminal's first size, as rows and columns.
  package var rows: UInt16?
  /// The terminal's first size, as rows and columns.
  package var columns: UInt16?
  /// Ends it when the process that started it is killed: for probes with a time limit.
  package var endsWithStarter = false

  /// Makes a request.
  package init(id: ObjectID, arguments: [String]) {
    self.id = id
    self.arguments = arguments
  }

  /// Reads the JSON form.
  package init(json: JSON) throws(SpecError) {
    let reader = SpecReader(json)
    self.init(id: try reader.identity("id"), arguments: try reader.strings("arguments"))
    environment = try reader.pairs("environment")
    user = try reader.optionalString("user")
    workingDirectory = try reader.optionalString("workingDirectory")
    privileged = try reader.flag("privileged")
    terminal = try reader.flag("terminal")
    rows = try reader.optionalInteger("rows")
    columns = try reader.optionalInteger("columns")
    endsWithStarter = try reader.flag("endsWithStarter")
  }

  /// The JSON form.
  package var json: JSON {
    var writer = SpecWriter()
    writer.set("id", id.hex)
    writer.set("arguments", arguments)
    writer.set("environment", environment)
    writer.set("user", user)
    writer.set("workingDirectory", workingDirectory)
    writer.set("privileged", privileged)
    writer.set("terminal", terminal)
    writer.set("rows", rows)
    writer.set("columns", columns)
    writer.set("endsWithStarter", endsWithStarter)
    return writer.json
  }
}
