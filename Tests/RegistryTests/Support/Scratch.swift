import Glibc
import Linux
import Model

@testable import Image

/// True when tests may do what only root may.
let isRoot = getuid() == 0

/// A directory that goes with this object.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = "/tmp/roost-registry-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    try Files.makeDirectories(path)
  }

  deinit { try? Files.removeTree(path) }

  /// Makes a directory and returns its path.
  func directory(_ name: String) throws -> String {
    try Files.makeDirectories("\(path)/\(name)")
    return "\(path)/\(name)"
  }

  /// Writes a file, and the directories above it.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    let place = "\(path)/\(name)"
    try Files.makeDirectories(Files.parent(of: place))
    try Files.write(place, Array(text.utf8), mode: mode)
    try Files.setMode(place, mode)
    return place
  }

  /// An image store of its own.
  func store(_ name: String = "store") -> ImageStore {
    return ImageStore(
      layout: Layout(root: "\(path)/\(name)", runRoot: "\(path)/\(name)-run"),
      archiveProgram: Self.program("roost-archive"))
  }

  /// The path of a program of ours, beside the tests.
  static func program(_ name: String) -> String {
    let tests = (try? Files.readLink("/proc/self/exe")) ?? ""
    return Files.parent(of: tests) + "/" + name
  }

  /// Runs a program that must succeed.
  @discardableResult
  static func run(
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
