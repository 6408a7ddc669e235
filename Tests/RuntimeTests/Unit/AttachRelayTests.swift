import Glibc
import Linux
import State
import TestSupport
import Testing

@testable import Runtime

@Suite("Attaching", .timeLimit(.standard))
struct AttachRelayTests {
  @Test("what a container wrote is passed on although it never read its input")
  func unreadInput() throws {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    let (ours, theirs) = (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
    let output = try Descriptors.pipe()
    let errors = try Descriptors.pipe()
    // Both sides write, and the other side closes with our packet unread.
    try UnixSocket.send(ours.raw, AttachMessage.endOfInput.packet())
    try UnixSocket.send(theirs.raw, AttachMessage.output.packet("out".utf8))
    try UnixSocket.send(theirs.raw, AttachMessage.errors.packet("err".utf8))
    theirs.close()
    do {
      // It opens the pipes once more for as long as it lives.
      var relay = AttachRelay(
        socket: ours.raw, input: nil, output: output.write.raw, errors: errors.write.raw,
        detachKeys: [])
      #expect(try relay.run(window: nil, stop: nil) == .closed)
    }
    output.write.close()
    errors.write.close()
    #expect(try Descriptors.readAll(output.read.raw) == Array("out".utf8))
    #expect(try Descriptors.readAll(errors.read.raw) == Array("err".utf8))
  }

  @Test(
    "detach keys have Docker's form",
    arguments: [
      ("ctrl-p,ctrl-q", [0x10, 0x11] as [UInt8]?), ("a", [0x61]), ("ctrl-@", [0]),
      ("ctrl-1", nil), ("nosuch", nil),
    ])
  func detachKeys(text: String, bytes: [UInt8]?) {
    #expect(DetachKeys.parse(text) == bytes)
  }
}
