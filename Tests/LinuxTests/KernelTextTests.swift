import Linux
import TestSupport
import Testing

@Suite("Texts of the kernel", .timeLimit(.standard))
struct KernelTextTests {
  @Test("what could not be read is read again, and what could is kept")
  func retried() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/id"
      try Files.makeDirectories(path, mode: 0o700)
      let text = KernelText(path)
      #expect(throws: SyscallError.self) { try text.read() }
      try Files.removeDirectory(path)
      try Files.write(path, Array("one\n".utf8))
      #expect(try text.read() == "one")
      try Files.remove(path)
      #expect(try text.read() == "one")
    }
  }

  @Test("a kernel without the file says nothing")
  func absent() throws {
    try withTemporaryDirectory { directory in
      let text = try KernelText("\(directory)/id").read()
      #expect(text.isEmpty)
    }
  }

  @Test("a process is known by the boot that it belongs to")
  func boot() throws {
    let id = try Clock.checkBootID()
    #expect(!id.isEmpty && Clock.bootID == id)
    var identity = try ProcessIdentity.ofThisProcess()
    #expect(identity.bootID == id)
    #expect(try identity.checkAlive())
    identity.bootID = "another"
    #expect(try !identity.checkAlive())
    #expect(try PidFD.open(identity) == nil)
  }
}
