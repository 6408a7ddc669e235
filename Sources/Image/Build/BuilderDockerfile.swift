import Linux
import Model
import State

// Finding the Dockerfile and the build context.
extension Builder {
  /// Reads the Dockerfile; returns where it was found as well.
  func readDockerfile(
    _ request: BuildRequest
  ) throws(Diagnostic) -> (Dockerfile, BuildRequest.DockerfileSource) {
    guard Files.isDirectory(request.context) else { throw Self.noContext(request.context) }
    switch request.dockerfile {
    case .text(let text, let name):
      return (try Dockerfile(Array(text.utf8), file: name), request.dockerfile)
    case .file(let file):
      if let found = try read(file, of: request) { return (found, request.dockerfile) }
      // Docker takes either, where nobody named one.
      if file == Self.usualName, let found = try read(Self.usualName.lowercased(), of: request) {
        return (found, .file(Self.usualName.lowercased()))
      }
      throw Self.noDockerfile(file, of: request)
    }
  }

  /// The context of a build, which is on this machine by now, without what `.dockerignore` leaves out.
  func contextTree(
    _ request: BuildRequest, _ cancellation: BuildCancellation
  ) throws(Diagnostic) -> ContextTree {
    var ignoreFiles = ["\(request.context)/.dockerignore"]
    if case .file(let file) = request.dockerfile {
      ignoreFiles.insert("\(Paths.join(request.context, file)).dockerignore", at: 0)
    }
    if request.isFetched {
      for file in ignoreFiles { try RemoteContext.check(file, isBelow: request.context) }
    }
    return try ContextTree(
      directory: request.context, name: "the build context", ignoreFiles: ignoreFiles,
      cache: request.isFetched ? nil : store.layout.cache, request.shared, cancellation)
  }

  private static let usualName = "Dockerfile"

  /// Nil when there is none under that name.
  private func read(_ file: String, of request: BuildRequest) throws(Diagnostic) -> Dockerfile? {
    let path = Paths.join(request.context, file)
    // Of a context that is fetched, the place on this machine says nothing to anybody.
    let isFetched = request.isFetched && path != file
    if isFetched { try RemoteContext.check(path, isBelow: request.context) }
    let bytes = try ContextFile(path, context: request.context, request.shared).read(
      limit: DockerfileText.maximumSize + 1)
    guard let bytes else { return nil }
    return try Dockerfile(bytes, file: isFetched ? file : path)
  }

  private static func noDockerfile(_ file: String, of request: BuildRequest) -> Diagnostic {
    let path = Paths.join(request.context, file)
    if request.isFetched, path != file {
      return Diagnostic(
        .error, "there is no Dockerfile at \(file) in the fetched build context",
        hint: "name it with --file, or 'dockerfile:' in the Compose file")
    }
    return Diagnostic(
      .error, "there is no Dockerfile at \(path)",
      hint: otherCase(path).map { "there is \($0), in other letter case" }
        ?? "name it with --file, or 'dockerfile:' in the Compose file")
  }

  private static func noContext(_ path: String) -> Diagnostic {
    if let other = otherCase(path) {
      return Diagnostic(
        .error, "the build context \(path) is not there",
        hint: "there is \(other), in other letter case")
    }
    return Diagnostic(
      .error, "the build context \(path) is not a directory",
      hint: "give the directory that holds the Dockerfile and what it copies")
  }

  private static func otherCase(_ path: String) -> String? {
    PathCase.other(
      than: path, exists: { Files.exists($0) }, names: { (try? Files.list($0)) ?? [] })
  }
}
