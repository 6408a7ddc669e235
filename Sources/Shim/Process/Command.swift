import Glibc
import Linux
import Runtime
import State

/// A program to become, looked up in the container's files.
struct Command {
  let arguments: [String]
  let environment: [NamedValue]

  /// Becomes the program, or says why not: 127 when there is none, 126 when it cannot be executed.
  func execute() throws(LaunchFailure) -> Never {
    let name = arguments.first ?? ""
    let path = try find(name)
    Fork.resetSignals()
    withCStrings(arguments) { arguments in
      withCStrings(environment.map { "\($0.name)=\($0.value)" }) { environment in
        _ = execve(path, arguments, environment)
      }
    }
    throw Self.failure(name, path: path, errno: errno)
  }

  private func find(_ name: String) throws(LaunchFailure) -> String {
    guard !name.isEmpty else {
      throw LaunchFailure(stage: "exec", exitCode: 127, message: "there is no command to execute")
    }
    if name.utf8.contains(UInt8(ascii: "/")) { return name }
    var isForbidden = false
    let path = environment.last { $0.name == "PATH" }?.value ?? ContainerEnvironment.standardPath
    for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
      let candidate = directory.isEmpty ? "./\(name)" : "\(directory)/\(name)"
      guard let status = try? Files.status(candidate), status.kind != .directory else { continue }
      if access(candidate, X_OK) == 0 { return candidate }
      isForbidden = true
    }
    if isForbidden { throw Self.failure(name, path: name, errno: EACCES) }
    throw LaunchFailure(
      stage: "exec", exitCode: 127,
      message: "exec \"\(name)\": executable file not found in $PATH", errno: ENOENT, path: name)
  }

  private static func failure(_ name: String, path: String, errno: Int32) -> LaunchFailure {
    var reason = SyscallError.reason(errno).lowercased()
    if errno == ENOENT, Files.exists(path) {
      // The file is there, but not what its first line or its header asks for.
      reason = "the interpreter that it asks for does not exist"
    }
    let isMissing = errno == ENOENT || errno == ENOTDIR
    return LaunchFailure(
      stage: "exec", exitCode: isMissing ? 127 : 126, message: "exec \"\(name)\": \(reason)",
      errno: errno, path: path)
  }
}
