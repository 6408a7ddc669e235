import Compose
import Engine
import Model
import Synchronization

/// Notes which files a project is loaded from, so that they can be watched.
final class LoadedFiles: Sendable {
  private let paths = Mutex<Set<String>>([])

  /// The files that were read, and those that were looked for in vain.
  var all: [String] { paths.withLock { $0.sorted() } }

  /// Adds files that count whether they were read or not.
  func add(_ more: [String]) { paths.withLock { $0.formUnion(more) } }

  /// Reads the files that another reader reads, and notes them.
  func reader(over host: FileReader) -> FileReader {
    var reader = host
    reader.read = { [self] (path: String) throws(FileReader.Failure) in
      add([path])
      return try host.read(path)
    }
    reader.readWithin = { [self] (directory: String, subpath: String) throws(FileReader.Failure) in
      add(["\(directory)/\(subpath)"])
      return try host.readWithin(directory, subpath)
    }
    return reader
  }
}

extension CommandContext {
  /// Loads the project for a command that brings it up and goes on when its files change.
  ///
  /// - Parameter yes: as in `project(starting:yes:)`.
  func watchedProject(
    services: [String], yes: Bool = false
  ) throws -> (project: Project, files: WatchedFiles?) {
    let files = LoadedFiles()
    let project = try self.project(starting: services, yes: yes, reader: files.reader(over: reader))
    // What came by a pipe cannot be read again.
    guard !global.files.contains("-") else { return (project, nil) }
    // A file that is not there yet may come.
    if global.environmentFiles.isEmpty { files.add(["\(project.workingDirectory)/.env"]) }
    if global.files.isEmpty, processEnvironment.variables["COMPOSE_FILE"] == nil {
      files.add(project.composeFiles.flatMap(Self.overrides))
    }
    let watched = WatchedFiles(
      paths: { files.all },
      reload: { () throws(EngineError) in
        do { return try self.project(services: services, reader: files.reader(over: reader)) } catch
        {
          if let error = error as? EngineError { throw error }
          if let error = error as? Diagnostics {
            throw EngineError(error.messages, exitCode: FailureCode.files)
          }
          throw EngineError("\(error)")
        }
      })
    return (project, watched)
  }

  /// The names that an override of a file may have.
  private static func overrides(of path: String) -> [String] {
    ["yaml", "yml"].compactMap { ending in
      guard let dot = path.lastIndex(of: "."), !path.contains(".override.") else { return nil }
      return "\(path[..<dot]).override.\(ending)"
    }
  }
}
