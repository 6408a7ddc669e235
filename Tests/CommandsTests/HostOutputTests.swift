import Glibc
import Linux
import TestSupport
import Testing

@testable import Commands

@Suite("files that the command line names", .timeLimit(.standard))
struct HostOutputTests {
  @Test("a file is not seen before it is whole, under whatever name", arguments: [true, false])
  func unfinished(isNew: Bool) throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/out"
    if !isNew {
      try files.write("out", "old")
      try Syscall.check(chmod(path, 0o600), "chmod")
    }
    try HostOutput.write(to: path) { descriptor in
      try Descriptors.writeAll(descriptor, Array("new".utf8))
      // Killed here, the command would leave nothing.
      #expect(try Files.list(files.path) == (isNew ? [] : ["out"]))
    }
    #expect(try Files.list(files.path) == ["out"])
    #expect(try Files.readText(path) == "new")
    let mode = try Files.status(path).mode & 0o777
    #expect(isNew || mode == 0o600)
  }

  @Test("a failure leaves what was there, and nothing else")
  func failure() throws {
    let files = try TemporaryDirectory()
    try files.write("out", "old")
    #expect(throws: SyscallError.self) {
      try HostOutput.write(to: "\(files.path)/out") { _ in
        throw SyscallError("write", path: "x", errno: 28)
      }
    }
    #expect(try Files.list(files.path) == ["out"])
    #expect(try Files.readText("\(files.path)/out") == "old")
  }

  @Test("one that somebody made meanwhile is replaced")
  func meanwhile() throws {
    let files = try TemporaryDirectory()
    try HostOutput.write(to: "\(files.path)/out") { descriptor in
      try files.write("out", "other")
      try Descriptors.writeAll(descriptor, Array("new".utf8))
    }
    #expect(try Files.list(files.path) == ["out"])
    #expect(try Files.readText("\(files.path)/out") == "new")
  }
}
