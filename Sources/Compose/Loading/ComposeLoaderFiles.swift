import Model
import YAML

extension ComposeLoader {
  /// True when a request leads to a Compose file, by its options, the environment or a search.
  package func hasComposeFile(_ request: LoadRequest) -> Bool {
    // An address is one, whether it can be reached or not.
    if request.files.contains(where: RemoteFile.isRemote) { return true }
    let session = LoadSession(reader: reader, request: request)
    var files = ProjectFiles(request: request, session: session)
    files.find()
    return !files.files.isEmpty
  }

  /// Reads the variables of an env file, as `run --env-from-file` gives it.
  package func environmentFile(
    _ path: String, environment: [String: String]
  ) throws(Diagnostics) -> [(name: String, value: String?)] {
    let bytes: [UInt8]
    do throws(FileReader.Failure) {
      bytes = try reader.read(path)
    } catch {
      throw Diagnostics([Diagnostic(.error, "the env file \(path) cannot be read: \(error)")])
    }
    let file = DotEnv.parse(SourceFile(name: path, text: bytes)) { environment[$0] }
    let errors = file.messages.filter { $0.severity == .error }
    if !errors.isEmpty { throw Diagnostics(errors) }
    return file.effectiveEntries.map { ($0.name, $0.value) }
  }
}

/// A command in one string, as `entrypoint: sh -c true` has it.
package enum CommandText {
  /// The words; quotes and backslashes count as in a shell, but no shell runs.
  package static func words(_ text: String) throws(Diagnostic) -> [String] {
    do throws(ShellWords.Failure) {
      return try ShellWords(text).words
    } catch {
      throw Diagnostic(.error, "\"\(text)\" is not a command: \(error.reason)")
    }
  }
}
