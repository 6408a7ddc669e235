import Glibc
import Linux
import Runtime
import State
import TestSupport
import Testing

@testable import Shim

@Suite("Rotation of logs", .timeLimit(.standard))
struct LogRotationTests {
  /// Appends portions as the pump does; returns the content of the files, the newest first, and
  /// what a reader of the first file finds in it at the end.
  private func write(
    _ portions: [String], maximumFiles: Int
  ) throws -> (files: [String: String], firstFile: String) {
    let directory = try TemporaryDirectory()
    let path = directory.path
    let spec = LogSpec(maximumSize: 10, maximumFiles: maximumFiles)
    let log = try LogWriter(path: "\(path)/log", spec: spec)
    let reader = try Files.open("\(path)/log", O_RDONLY)
    for portion in portions {
      _ = try log.room()
      Array(portion.utf8).withUnsafeBytes { try? log.append($0) }
    }
    var files: [String: String] = [:]
    for name in try Files.list(path) { files[name] = try Files.readText("\(path)/\(name)") }
    let first = String(decoding: try Descriptors.readAll(reader.raw), as: UTF8.self)
    return (files, first)
  }

  @Test("a full file gives way to a new one, and the oldest goes")
  func severalFiles() throws {
    let portions = (1...4).map { "portion-\($0)\n" }
    let (files, first) = try write(portions, maximumFiles: 3)
    #expect(
      files == ["log": "portion-4\n", "log.1": "portion-3\n", "log.2": "portion-2\n"])
    #expect(first == "portion-1\n")
  }

  @Test("one file alone is replaced, so that who reads the old one misses nothing of it")
  func oneFile() throws {
    let (files, first) = try write(["portion-1\n", "portion-2\n"], maximumFiles: 1)
    #expect(files == ["log": "portion-2\n"])
    #expect(first == "portion-1\n")
  }

  @Test("a file with room goes on")
  func room() throws {
    let (files, _) = try write(["a\n", "b\n"], maximumFiles: 1)
    #expect(files == ["log": "a\nb\n"])
  }

  @Test(
    "what somebody reads, and all that is newer, stays until he goes on", arguments: [1, 2, 3])
  func readers(maximumFiles: Int) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/log"
    let spec = LogSpec(maximumSize: 10, maximumFiles: maximumFiles)
    let log = try LogWriter(path: path, spec: spec)
    let reader = try Files.open(path, O_RDONLY)
    #expect(flock(reader.raw, LOCK_SH) == 0)
    func write(_ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        _ = try log.room()
        try Array("portion-\(number)\n".utf8).withUnsafeBytes { try log.append($0) }
      }
    }
    try write(1...9)
    for number in 1...9 {
      let name = number == 9 ? path : "\(path).\(9 - number)"
      #expect(try Files.readText(name) == "portion-\(number)\n")
    }
    reader.close()
    _ = try log.room()
    #expect(try Files.list(directory.path).count == maximumFiles)
    try write(10...12)
    #expect(try Files.list(directory.path).count == maximumFiles)
  }
}
