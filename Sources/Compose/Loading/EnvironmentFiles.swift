import Model
import YAML

/// An env file and who named it.
struct EnvironmentFileReference {
  var path: String
  var place: FilePlace
}

/// Reads env files whose variables `${…}` sees.
enum EnvironmentFiles {
  /// Adds the variables of files below those that are there; of two files the later wins. False
  /// when a file cannot be read, which is reported.
  @discardableResult
  static func add(
    _ files: [EnvironmentFileReference], to environment: inout ProjectEnvironment,
    _ session: LoadSession
  ) -> Bool {
    var parsed: [(path: String, entries: [DotEnv.Entry])] = []
    var known: [String: String] = [:]
    var isComplete = true
    for file in files {
      guard let source = session.source(of: file.path, readBy: file.place) else {
        isComplete = false
        continue
      }
      let result = DotEnv.parse(source, earlier: known) { environment[$0] }
      session.report.add(result.messages)
      let entries = result.effectiveEntries
      for entry in entries { if let value = entry.value { known[entry.name] = value } }
      parsed.append((file.path, entries))
    }
    for (path, entries) in parsed.reversed() {
      for entry in entries {
        guard let value = entry.value else { continue }
        let source = ProjectEnvironment.Source.file(path: path, location: entry.mark.location)
        environment.addDefault(
          entry.name, ProjectEnvironment.Setting(value: value, source: source))
      }
    }
    return isComplete
  }
}
