import Glibc
import Linux

/// True when tests may do what only root may.
let isRoot = getuid() == 0

/// A directory that goes with this object.
final class Scratch {
  let path: String

  init() throws {
    path = "/tmp/roost-archive-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
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
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let place = "\(path)/\(name)"
    try Files.makeDirectories(Files.parent(of: place))
    try Files.write(place, bytes)
    return place
  }
}
