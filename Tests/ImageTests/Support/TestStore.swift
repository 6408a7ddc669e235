import Glibc
import Linux
import Model
import TestSupport

@testable import Image

/// A store in a directory that goes with this object.
final class TestStore {
  let store: ImageStore
  private let files: TemporaryDirectory

  init() throws {
    files = try TemporaryDirectory()
    store = ImageStore(layout: files.layout, archiveProgram: TestPrograms.built("roost-archive"))
  }

  var path: String { files.path }

  /// Makes a directory and returns its path.
  func directory(_ name: String) throws -> String { try files.directory(name) }

  /// Writes a file, and the directories above it.
  @discardableResult
  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
    try files.write(name, text, mode: mode)
  }

  /// Packs a directory as a tar.
  func tar(_ directory: String, options: [String] = []) throws -> String {
    let path = "\(self.path)/\(UInt32.random(in: 0...UInt32.max)).tar"
    try run("tar", options + ["-cf", path, "-C", directory, "."])
    return path
  }

  /// Runs a program that must succeed.
  @discardableResult
  func run(_ program: String, _ arguments: [String]) throws -> String {
    try TestPrograms.run(program, arguments).outputText
  }

  /// Imports a small image of text files.
  @discardableResult
  func importFiles(_ files: [String: String], as name: String) throws -> ImageRecord {
    let tree = "tree-\(UInt32.random(in: 0...UInt32.max))"
    for (file, text) in files { try write("\(tree)/\(file)", text) }
    return try store.importArchive(
      ImportRequest(source: .file(try tar("\(path)/\(tree)")), reference: try Reference(name)))
  }

  /// Imports an image with a shell and the usual programs.
  @discardableResult
  func importBusybox(as name: String = "busybox") throws -> ImageRecord {
    let tree = try directory("busybox")
    for part in ["etc", "tmp", "root"] { try Files.makeDirectories("\(tree)/\(part)") }
    let applets = [
      "sh", "cat", "echo", "ls", "mkdir", "rm", "test", "id", "touch", "env", "pwd",
    ]
    try Busybox.install(below: tree, applets: applets)
    try write("busybox/etc/passwd", "root:x:0:0::/root:/bin/sh\nnode:x:1000:1001::/:/bin/sh\n")
    try write("busybox/etc/group", "root:x:0:\nnode:x:1001:\nstaff:x:50:\n")
    return try store.importArchive(
      ImportRequest(
        source: .file(try tar(tree)), reference: try Reference(name),
        changes: ["CMD [\"/bin/sh\"]", "ENV PATH=/bin"]))
  }
}
