import Glibc
import Linux
import TestSupport
import Testing

extension Sandbox {
  /// The address of the registry of a test.
  static let registry = "127.0.0.1:5000"

  /// Makes a sandbox with Debian's registry in its own network.
  static func withRegistry(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      let configuration = "\(box.directory)/registry.yml"
      try Files.writeAtomically(
        configuration,
        Array(
          """
          version: 0.1
          log: {level: error}
          storage:
            filesystem: {rootdirectory: \(box.directory)/registry}
          http:
            addr: \(registry)

          """.utf8), mode: 0o600)
      let server = try CommandRun(box.onHost + ["docker-registry", "serve", configuration])
      defer {
        server.signal(SIGKILL)
        _ = try? server.wait()
      }
      let probe = "exec 3<>/dev/tcp/127.0.0.1/5000"
      let isUp = try eventually { try box.inside(["bash", "-c", probe]).exitCode == 0 }
      try #require(isUp)
      try body(box)
    }
  }
}
