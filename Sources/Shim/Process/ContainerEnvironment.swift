import Runtime
import State

/// The variables that every program in a container finds.
enum ContainerEnvironment {
  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The given variables, the last of each name, with what is missing.
  static func complete(
    _ given: [NamedValue], hostname: String, home: String, terminal: Bool
  ) -> [NamedValue] {
    var positions: [String: Int] = [:]
    var result: [NamedValue] = []
    for variable in given {
      if let position = positions[variable.name] {
        result[position] = variable
      } else {
        positions[variable.name] = result.count
        result.append(variable)
      }
    }
    var standard = [
      NamedValue("PATH", standardPath), NamedValue("HOSTNAME", hostname), NamedValue("HOME", home),
    ]
    if terminal { standard.append(NamedValue("TERM", "xterm")) }
    for variable in standard where positions[variable.name] == nil { result.append(variable) }
    return result
  }
}
