import Linux
import Model

/// Programs that tests run.
package enum TestPrograms {
  /// The path of a program of ours, beside the tests.
  package static func built(_ name: String) -> String {
    let tests = (try? Files.readLink("/proc/self/exe")) ?? ""
    return Files.parent(of: tests) + "/" + name
  }

  /// Runs a program that must succeed.
  @discardableResult
  package static func run(
    _ program: String, _ arguments: [String], input: [UInt8] = []
  ) throws -> CapturedOutput {
    guard let path = Spawn.find(program) else {
      throw Diagnostic(.error, "\(program) is not installed", hint: "see .ci/prerequisites")
    }
    let result = try Spawn.capture(
      SpawnRequest(path, arguments, environment: Spawn.currentEnvironment), input: input)
    guard result.status.code == 0 else {
      throw Diagnostic(.error, "\(program) \(arguments): \(result.errorText)\(result.outputText)")
    }
    return result
  }
}
