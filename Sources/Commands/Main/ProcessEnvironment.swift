import Engine
import Glibc
import Linux
import Model

/// What the process was started with. Read once; tests make their own.
struct ProcessEnvironment: Sendable {
  /// The environment variables.
  var variables: [String: String]
  /// The directory the command was started in.
  var workingDirectory: String
  /// The effective user.
  var userID: UInt32
  /// Our programs.
  var executables: Executables

  /// The environment of this process.
  static func current() -> ProcessEnvironment {
    let variables = currentVariables()
    return ProcessEnvironment(
      variables: variables,
      workingDirectory: logicalWorkingDirectory(variables["PWD"]),
      userID: geteuid(),
      executables: .current)
  }

  private static func currentVariables() -> [String: String] {
    var result: [String: String] = [:]
    var cursor = environ
    while let entry = cursor.pointee {
      let text = String(cString: entry)
      if let mark = text.firstIndex(of: "=") {
        result[String(text[..<mark])] = String(text[text.index(after: mark)...])
      }
      cursor += 1
    }
    return result
  }

  /// $PWD when it names the current directory: a project's name comes from the directory as the
  /// user sees it, not from where a link leads.
  private static func logicalWorkingDirectory(_ shown: String?) -> String {
    var here = stat()
    var there = stat()
    if let shown, shown.hasPrefix("/"), stat(".", &here) == 0, stat(shown, &there) == 0,
      here.st_ino == there.st_ino, here.st_dev == there.st_dev
    {
      return shown
    }
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
