import Glibc
import Image
import Linux
import Model
import State
import TestSupport

/// A directory that goes with this object, and image stores in it.
final class Scratch: Sendable {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  var path: String { files.path }

  /// Makes a directory and returns its path.
  func directory(_ name: String) throws -> String { try files.directory(name) }

  /// Writes a file, and the directories above it.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    let place = try files.write(name, text, mode: mode)
    // What is there already keeps its mode when it is written.
    try Files.setMode(place, mode)
    return place
  }

  /// An image store of its own.
  func store(_ name: String = "store") -> ImageStore {
    ImageStore(
      layout: Layout(root: "\(path)/\(name)", runRoot: "\(path)/\(name)-run"),
      archiveProgram: Self.program("roost-archive"))
  }

  /// The path of a program of ours, beside the tests.
  static func program(_ name: String) -> String { TestPrograms.built(name) }

  /// Runs a program that must succeed.
  @discardableResult
  static func run(
    _ program: String, _ arguments: [String], input: [UInt8] = []
  ) throws -> CapturedOutput {
    try TestPrograms.run(program, arguments, input: input)
  }
}
