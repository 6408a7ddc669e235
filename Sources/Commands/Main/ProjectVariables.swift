import Compose
import Model

/// The variables that say how the program itself works, from the environment or else from the env
/// file of the project, as for Docker Compose.
enum ProjectVariables {
  /// Commands that know no project, for which nothing in a directory counts.
  private static let others: Set<String> = [
    "image", "container", "network", "volume", "builder", "system", "systemd", "inspect", "login",
    "logout", "completion", "version",
  ]

  /// The variables for a command line.
  static func of(
    _ line: GlobalArguments, _ processEnvironment: ProcessEnvironment
  ) -> [String: String] {
    let known = processEnvironment.variables
    guard known[Parallelism.variable] == nil, let command = line.rest.first,
      !others.contains(command)
    else { return known }
    var variables = known
    for path in paths(line.options, processEnvironment) {
      // One that cannot be read is told of when the project is loaded.
      let entries = try? ComposeLoader(reader: HostFiles.reader).environmentFile(
        path, environment: known)
      for entry in entries ?? [] where entry.name == Parallelism.variable {
        variables[entry.name] = entry.value
      }
    }
    return variables
  }

  private static func paths(
    _ options: GlobalOptions, _ processEnvironment: ProcessEnvironment
  ) -> [String] {
    let here = processEnvironment.workingDirectory
    let variables = processEnvironment.variables
    let listed = (variables["COMPOSE_ENV_FILES"] ?? "").split(separator: ",").map(String.init)
    let named = options.environmentFiles.isEmpty ? listed : options.environmentFiles
    if !named.isEmpty { return named.map { PathText.absolute($0, in: here) } }
    guard variables["COMPOSE_DISABLE_ENV_FILE"].isTrue == false else { return [] }
    let file = options.files.first.flatMap { $0 == "-" ? nil : $0 }
    let directory =
      options.projectDirectory.map { PathText.absolute($0, in: here) }
      ?? file.map { PathText.directory(of: PathText.absolute($0, in: here)) } ?? here
    let path = PathText.join(directory, ".env")
    return HostFiles.reader.kind(path) == .file ? [path] : []
  }
}
