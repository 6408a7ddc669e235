import Model

/// Finds out what a request means: which files, from which directory, under which variables.
///
/// Source: Compose specification and Docker Compose, "Pre-defined environment variables".
struct ProjectFiles {
  /// The Compose files in the order of merging: absolute paths, `-` for standard input.
  private(set) var files: [String] = []
  /// The directory that the project is named after, and whose `.env` counts; absolute.
  private(set) var directory: String
  /// The directory that relative paths of the files start from, when the first file was brought from
  /// elsewhere; absolute.
  private var broughtDirectory: String?
  /// The variables of interpolation.
  private(set) var environment: ProjectEnvironment
  /// The env files that were read; absolute paths.
  private(set) var environmentFiles: [String] = []

  private let request: LoadRequest
  private let session: LoadSession

  static let names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
  static let overrideNames = [
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
    "docker-compose.override.yaml",
  ]

  init(request: LoadRequest, session: LoadSession) {
    self.request = request
    self.session = session
    directory = request.workingDirectory
    environment = ProjectEnvironment(shell: request.environment)
    // Some shells do not pass it on, and files use it.
    environment.addDefault(
      "PWD", ProjectEnvironment.Setting(value: request.workingDirectory, source: .roost))
  }

  /// The directory that relative paths start from; absolute. What was brought from elsewhere brings
  /// the files beside it along.
  var pathDirectory: String { broughtDirectory ?? directory }

  /// Answers the questions one after the other; what fails is in the session's report.
  mutating func find() {
    files = request.files.map(absolute)
    directory = currentDirectory
    readEnvironmentFiles()
    if files.isEmpty { takeFilesOfEnvironment() }
    if files.isEmpty { searchUpwards() }
    if bringRemoteFiles() { return }
    // The files may be elsewhere than the current directory, and have a `.env` of their own.
    let found = currentDirectory
    guard found != directory else { return }
    directory = found
    readEnvironmentFiles()
  }

  /// Brings the files that are elsewhere to this machine; true when the first is one of them. The
  /// project is then that of the current directory, as it is for Docker Compose.
  private mutating func bringRemoteFiles() -> Bool {
    guard let first = files.first, files.contains(where: RemoteFile.isRemote) else { return false }
    for (index, file) in files.enumerated() where RemoteFile.isRemote(file) {
      guard let path = session.bring(file, .commandLine) else { continue }
      files[index] = path
    }
    guard RemoteFile.isRemote(first) else { return false }
    if request.projectDirectory?.isEmpty ?? true {
      broughtDirectory = PathText.directory(of: files[0])
    }
    return true
  }

  private func absolute(_ path: String) -> String {
    path == "-" || RemoteFile.isRemote(path)
      ? path : PathText.absolute(path, in: request.workingDirectory)
  }

  private var currentDirectory: String {
    if let given = request.projectDirectory, !given.isEmpty { return absolute(given) }
    let first = files.first { $0 != "-" }
    if let first, RemoteFile.isRemote(first) { return request.workingDirectory }
    return first.map(PathText.directory(of:)) ?? request.workingDirectory
  }

  // MARK: Files

  private mutating func takeFilesOfEnvironment() {
    guard let list = environment["COMPOSE_FILE"], !list.isEmpty else { return }
    let separator = environment["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
    for path in Self.split(list, at: separator).map(absolute) {
      if path != "-", !RemoteFile.isRemote(path), session.reader.kind(path) == nil {
        session.report.add(
          Diagnostic(
            .error, "COMPOSE_FILE names \(session.shownName(of: path)): there is no such file",
            hint: list.contains("://")
              ? "addresses have colons: set COMPOSE_PATH_SEPARATOR to another character" : nil))
      }
      files.append(path)
    }
  }

  private static func split(_ text: String, at separator: String) -> [String] {
    var parts: [String] = []
    var rest = text[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }

  private mutating func searchUpwards() {
    var directory = currentDirectory
    while true {
      if let main = choose(Self.names, in: directory, "Compose files") {
        files = [main]
        if let other = choose(Self.overrideNames, in: directory, "override files") {
          files.append(other)
        }
        return
      }
      guard directory != "/" else { break }
      directory = PathText.directory(of: directory)
    }
    session.report.add(
      Diagnostic(
        .error, "there is no Compose file in \(currentDirectory) or above it",
        hint: "make a compose.yaml there, or name one with -f"))
  }

  /// The first of some files that is in a directory.
  private func choose(_ names: [String], in directory: String, _ kind: String) -> String? {
    let found = names.map { PathText.join(directory, $0) }
      .filter { session.reader.kind($0) != nil }
    guard let first = found.first else { return nil }
    if found.count > 1 {
      let others = found.dropFirst().map(PathText.base(of:)).joined(separator: ", ")
      session.report.add(
        Diagnostic(
          .warning, "\(directory) has several \(kind); using \(PathText.base(of: first))",
          hint: "remove \(others), or name the files with -f"))
    }
    return first
  }

  // MARK: Env files

  private mutating func readEnvironmentFiles() {
    let paths = environmentFilePaths().filter { !environmentFiles.contains($0) }
    let place = namedEnvironmentFiles.isEmpty ? FilePlace.usualName : .commandLine
    let references = paths.map { EnvironmentFileReference(path: $0, place: place) }
    EnvironmentFiles.add(references, to: &environment, session)
    environmentFiles += paths
  }

  private var namedEnvironmentFiles: [String] {
    request.environmentFiles.isEmpty
      ? (request.environment["COMPOSE_ENV_FILES"] ?? "").split(separator: ",").map(String.init)
      : request.environmentFiles
  }

  private func environmentFilePaths() -> [String] {
    let given = namedEnvironmentFiles
    if !given.isEmpty { return given.map(absolute) }
    let standard = PathText.join(directory, ".env")
    guard !isStandardFileDisabled, session.reader.kind(standard) == .file else { return [] }
    return [standard]
  }

  private var isStandardFileDisabled: Bool {
    guard let text = request.environment["COMPOSE_DISABLE_ENV_FILE"] else { return false }
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    default:
      session.report.add(
        Diagnostic(
          .error, "COMPOSE_DISABLE_ENV_FILE is \"\(text)\", expected true or false"))
      return false
    }
  }
}
