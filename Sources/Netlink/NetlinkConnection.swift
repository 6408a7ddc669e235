import Glibc
import Linux
import Model

/// Something that carries netlink datagrams: the kernel, or a recording in a test.
package protocol NetlinkTransport: AnyObject {
  /// Sends one datagram of one or more messages.
  func send(_ datagram: [UInt8]) throws(SyscallError)
  /// Waits for the next datagram.
  func receive() throws(SyscallError) -> [UInt8]
}

/// Sends requests and matches the replies to them.
package final class NetlinkConnection {
  private let transport: any NetlinkTransport
  private var nextSequence: UInt32 = 1

  /// Makes a connection over `transport`.
  package init(_ transport: any NetlinkTransport) { self.transport = transport }

  /// Sends all requests in one datagram and waits until each is confirmed.
  ///
  /// The kernel works through them in order and goes on after one that fails.
  ///
  /// - Throws: the error of the first request that failed.
  package func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) {
    guard !requests.isEmpty else { return }
    let first = takeSequences(requests.count)
    let datagram = NetlinkRequest.encode(requests, firstSequence: first)
    try exchange(datagram, requests, firstSequence: first)
  }

  /// Sends nf_tables requests as one transaction: all of them happen, or none.
  ///
  /// - Throws: the error of the first request that failed.
  package func performTransaction(_ requests: [NetlinkRequest]) throws(NetlinkError) {
    guard !requests.isEmpty else { return }
    let begin = takeSequences(1)
    let first = takeSequences(requests.count)
    let end = takeSequences(1)
    var datagram: [UInt8] = []
    NetfilterRequest.batchBegin().encode(sequence: begin, flags: [], into: &datagram)
    datagram += NetlinkRequest.encode(requests, firstSequence: first)
    NetfilterRequest.batchEnd().encode(sequence: end, flags: [], into: &datagram)
    try exchange(datagram, requests, firstSequence: first)
  }

  private func exchange(
    _ datagram: [UInt8], _ requests: [NetlinkRequest], firstSequence: UInt32
  ) throws(NetlinkError) {
    let purpose = requests[0].purpose
    if Trace.isOn { for request in requests { Trace.write(.netlink, request.purpose) } }
    try send(datagram, purpose: purpose)
    var waiting = requests.count
    var failure: NetlinkError?
    while waiting > 0 {
      for message in try receive(purpose: purpose)
      where message.type == NetlinkMessage.Control.error {
        let answer = Acknowledgement(message)
        let position = Int(message.sequence) - Int(firstSequence)
        guard requests.indices.contains(position) else {
          // Only the opening or the closing message of a transaction: nothing else will come.
          guard answer.errno == 0 else {
            throw failure
              ?? NetlinkError(
                purpose: purpose, errno: answer.errno, detail: answer.detail)
          }
          continue
        }
        waiting -= 1
        if answer.errno != 0, failure == nil {
          failure = NetlinkError(
            purpose: requests[position].purpose, errno: answer.errno, detail: answer.detail)
        }
      }
    }
    if let failure { throw failure }
  }

  /// Sends one request that lists things and returns the messages of the list.
  package func dump(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkMessage] {
    Trace.write(.netlink, request.purpose)
    // A list that changed while it was read is read again: half of it may be old.
    for _ in 0..<Self.dumpAttempts {
      let sequence = takeSequences(1)
      var datagram: [UInt8] = []
      request.encode(
        sequence: sequence, flags: request.flags.union(.dump), into: &datagram)
      try send(datagram, purpose: request.purpose)
      if let messages = try readList(sequence, purpose: request.purpose) { return messages }
    }
    throw NetlinkError(
      purpose: request.purpose, errno: EAGAIN, detail: "the list kept changing")
  }

  /// Sends one request that asks for one thing and returns the answer.
  package func query(_ request: NetlinkRequest) throws(NetlinkError) -> NetlinkMessage {
    Trace.write(.netlink, request.purpose)
    let sequence = takeSequences(1)
    var datagram: [UInt8] = []
    request.encode(sequence: sequence, flags: request.flags, into: &datagram)
    try send(datagram, purpose: request.purpose)
    while true {
      for message in try receive(purpose: request.purpose) where message.sequence == sequence {
        try check(message, purpose: request.purpose)
        return message
      }
    }
  }

  private static let dumpAttempts = 8

  /// The messages up to the end of the list; nil when the kernel says that it changed meanwhile.
  private func readList(
    _ sequence: UInt32, purpose: String
  ) throws(NetlinkError) -> [NetlinkMessage]? {
    var list: [NetlinkMessage] = []
    var interrupted = false
    while true {
      for message in try receive(purpose: purpose) where message.sequence == sequence {
        if message.flags.contains(.interrupted) { interrupted = true }
        if message.type == NetlinkMessage.Control.done { return interrupted ? nil : list }
        try check(message, purpose: purpose)
        list.append(message)
      }
    }
  }

  private func check(_ message: NetlinkMessage, purpose: String) throws(NetlinkError) {
    guard message.type == NetlinkMessage.Control.error else { return }
    let acknowledgement = Acknowledgement(message)
    throw NetlinkError(
      purpose: purpose, errno: acknowledgement.errno, detail: acknowledgement.detail)
  }

  private func takeSequences(_ count: Int) -> UInt32 {
    defer { nextSequence &+= UInt32(truncatingIfNeeded: count) }
    return nextSequence
  }

  private func send(_ datagram: [UInt8], purpose: String) throws(NetlinkError) {
    do { try transport.send(datagram) } catch { throw NetlinkError(purpose: purpose, error) }
  }

  private func receive(purpose: String) throws(NetlinkError) -> [NetlinkMessage] {
    let datagram: [UInt8]
    do {
      datagram = try transport.receive()
    } catch {
      throw NetlinkError(purpose: purpose, error)
    }
    do {
      return try NetlinkMessage.parse(datagram)
    } catch {
      throw NetlinkError(purpose: purpose, errno: EPROTO, detail: error.reason)
    }
  }
}

/// The content of an `NLMSG_ERROR` message: error number 0 confirms.
struct Acknowledgement: Hashable {
  /// The error number, positive.
  var errno: Int32
  /// The kernel's own words; empty when it gave none.
  var detail: String

  private static let messageAttribute: UInt16 = 1
  private static let cappedFlag: UInt16 = 0x100
  private static let attributesFlag: UInt16 = 0x200

  /// Reads the number, and the text of the extended acknowledgement if there is one.
  init(_ message: NetlinkMessage) {
    let body = message.body[...]
    guard body.count >= 4 else {
      errno = EPROTO
      detail = "an acknowledgement is too short"
      return
    }
    let code = Int32(bitPattern: ByteReader.u32(body, 0))
    errno = code == .min ? EPROTO : abs(code)
    detail = Self.text(message) ?? ""
  }

  private static func text(_ message: NetlinkMessage) -> String? {
    guard message.flags.rawValue & attributesFlag != 0, message.body.count >= 20 else { return nil }
    // Unless it is capped, the whole request stands between the number and the attributes.
    let echoed = Int(ByteReader.u32(message.body[...], 4))
    let offset = message.flags.rawValue & cappedFlag != 0 ? 20 : 4 + ((echoed + 3) & ~3)
    return try? message.attributes(after: offset).string(messageAttribute)
  }
}
