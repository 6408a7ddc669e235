import Glibc
import TestSupport
import Testing

@testable import Netlink

@Suite("netlink exchange", .timeLimit(.standard))
struct ConnectionTests {
  @Test("a batch is one datagram and waits for every confirmation")
  func batch() throws {
    let transport = RecordingTransport(
      replies: [
        RecordingTransport.acknowledgement(1) + RecordingTransport.acknowledgement(2),
        RecordingTransport.acknowledgement(3),
      ])
    try NetlinkConnection(transport).perform(["a", "b", "c"].map { LinkRequest.delete($0) })
    #expect(transport.sent.count == 1)
    #expect(try NetlinkMessage.parse(transport.sent[0]).count == 3)
  }

  @Test("the first error of a batch is reported with what was asked and the kernel's words")
  func firstError() throws {
    let transport = RecordingTransport(
      replies: [
        RecordingTransport.acknowledgement(1),
        RecordingTransport.acknowledgement(2, errno: EEXIST, text: "already there"),
        RecordingTransport.acknowledgement(3, errno: ENODEV),
      ])
    let error = #expect(throws: NetlinkError.self) {
      try NetlinkConnection(transport).perform(["a", "b", "c"].map { LinkRequest.delete($0) })
    }
    #expect(error?.errno == EEXIST)
    #expect(error?.description == "delete the link b: File exists (already there)")
  }

  @Test("a transaction is framed, and its messages are confirmed one by one")
  func transaction() throws {
    let transport = RecordingTransport(replies: [RecordingTransport.acknowledgement(2)])
    let request = NetfilterRequest.createTable("t", family: NetfilterFamily.ipv4)
    try NetlinkConnection(transport).performTransaction([request])
    let messages = try NetlinkMessage.parse(transport.sent[0])
    #expect(messages.map(\.type) == [16, 0x0A00, 17])
  }

  @Test("a transaction that cannot be opened fails instead of waiting")
  func closedTransaction() {
    let transport = RecordingTransport(
      replies: [RecordingTransport.acknowledgement(1, errno: EPERM)])
    let request = NetfilterRequest.createTable("t", family: NetfilterFamily.ipv4)
    let error = #expect(throws: NetlinkError.self) {
      try NetlinkConnection(transport).performTransaction([request])
    }
    #expect(error?.errno == EPERM)
  }

  @Test("a list is read to its end, and again when it changed meanwhile")
  func list() throws {
    let entry: [UInt8] = [1, 2, 3, 4]
    let done: [UInt8] = [0, 0, 0, 0]
    let transport = RecordingTransport(
      replies: [
        RecordingTransport.message(16, flags: 0x12, sequence: 1, body: entry),
        RecordingTransport.message(3, flags: 0x12, sequence: 1, body: done),
        RecordingTransport.message(16, flags: 0x2, sequence: 2, body: entry)
          + RecordingTransport.message(16, flags: 0x2, sequence: 2, body: entry),
        RecordingTransport.message(3, flags: 0x2, sequence: 2, body: done),
      ])
    let messages = try NetlinkConnection(transport).dump(LinkRequest.list())
    #expect(messages.count == 2)
    #expect(transport.sent.count == 2)
  }

  @Test("a link that is not there is not an error for who looks it up or deletes it")
  func missingLink() throws {
    let missing = [
      RecordingTransport.acknowledgement(1, errno: ENODEV),
      RecordingTransport.acknowledgement(2, errno: ENODEV),
    ]
    let client = RouteClient(RecordingTransport(replies: missing))
    #expect(try client.link(named: "x") == nil)
    try client.deleteLink("x")
  }
}
