import Glibc
import Linux
import State
import TestSupport
import Testing

@testable import Shim

@Suite("Waits between processes", .timeLimit(.standard))
struct WaitLimitTests {
  @Test("a first process that says nothing is not waited for without an end")
  func silence() throws {
    let (ours, theirs) = try UnixSocket.pair(.messages)
    var parent = Handshake.Parent(socket: ours)
    parent.patience = 10
    let error = #expect(throws: SyscallError.self) { try parent.receive() }
    #expect(error?.errno == ETIMEDOUT)
    theirs.close()
    #expect(try parent.receive() == nil)
  }

  @Test("whoever waits for another that waits does so for longer")
  func order() {
    #expect(WaitLimit.launch > WaitLimit.barrier + WaitLimit.preparation)
    #expect(WaitLimit.words(WaitLimit.preparation) == "60 seconds")
  }

  @Test("what another process sends is read to its end, and not waited for without one")
  func readAll() throws {
    let pipe = try Descriptors.pipe()
    try Descriptors.writeAll(pipe.write.raw, Array("some".utf8))
    let error = #expect(throws: SyscallError.self) {
      _ = try Descriptors.readAll(pipe.read.raw, patienceMilliseconds: 10)
    }
    #expect(error?.errno == ETIMEDOUT)
    try Descriptors.writeAll(pipe.write.raw, Array("more".utf8))
    pipe.write.close()
    #expect(
      try Descriptors.readAll(pipe.read.raw, patienceMilliseconds: 10) == Array("more".utf8))
  }
}
