import Model
import TestSupport
import Testing

// The suites of this directory are the behaviour suite of Docker Compose 2.40.3 (pkg/e2e), told anew:
// docs/compose-e2e.md says which case is where.
extension Sandbox {
  /// A service that does nothing until it is stopped, and then at once.
  static let idle = "image: busybox, init: true, command: [sleep, infinity]"

  /// Makes a sandbox with the image `busybox` and a Compose file, and calls `body`.
  static func with(compose text: String, _ body: (Sandbox) throws -> Void) throws {
    try with { box in
      try box.importBusybox()
      try box.compose(text)
      try body(box)
    }
  }

  /// The names of the containers that `ps` lists, in alphabetical order.
  func names(_ options: String...) throws -> [String] {
    try lines(of: ["ps", "--format", "{{.Name}}"] + options).sorted()
  }

  /// The services with a container that runs, in alphabetical order.
  func running() throws -> [String] {
    try lines(of: ["ps", "--services", "--status", "running"]).sorted()
  }

  /// The lines that a command writes to standard output.
  func lines(
    of arguments: [String], environment: [String] = [],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let result = try roost(arguments, environment: environment)
    try #require(result.exitCode == 0, "\(result.text)", sourceLocation: sourceLocation)
    return result.output.split(separator: "\n").map(String.init)
  }
}
