import Glibc
import Linux

import Model
@testable import Networking

/// A name server that gives every name the same address, over UDP and TCP.
///
/// Names that begin with `no` do not exist, with `big` have more records than a datagram holds,
/// with `broken` get garbage, with `fail` a failure.
final class TestUpstream {
  private let datagrams: OwnedDescriptor
  private let listener: OwnedDescriptor
  private let loop: EventLoop
  private let answer: IPAddress
  private var streams: [DNSStream] = []
  private(set) var queries = 0

  init(_ loop: EventLoop, at place: SocketAddress, answer: IPAddress) throws {
    self.loop = loop
    self.answer = answer
    datagrams = try InternetSocket.bound(to: place, .datagram)
    listener = try InternetSocket.listening(on: place)
    try loop.add(datagrams.raw) { [unowned self] _ in readDatagram() }
    try loop.add(listener.raw) { [unowned self] _ in accept() }
  }

  private func readDatagram() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_535, alignment: 8)
    defer { buffer.deallocate() }
    while let (count, sender) = InternetSocket.receive(datagrams.raw, into: buffer) {
      let query = Array(buffer[..<count])
      guard let message = try? DNSMessage(parsing: query) else { continue }
      InternetSocket.send(
        datagrams.raw, response(message, limit: message.datagramLimit), to: sender)
    }
  }

  private func accept() {
    guard let socket = try? UnixSocket.accept(listener.raw) else { return }
    let stream = DNSStream(socket, loop) { [unowned self] query, reply in
      guard let message = try? DNSMessage(parsing: query) else { return }
      reply(response(message, limit: 65_535))
    }
    try? stream.start()
    streams.append(stream)
  }

  private func response(_ query: DNSMessage, limit: Int) -> [UInt8] {
    queries += 1
    guard let question = query.questions.first else { return [] }
    let name = question.name.text
    if name.hasPrefix("broken") { return Array(query.encode().prefix(7)) }
    if name.hasPrefix("no") { return query.response(.noSuchName).encode(limit: limit) }
    if name.hasPrefix("fail") { return query.response(.serverFailure).encode(limit: limit) }
    var response = query.response(.success)
    let count = name.hasPrefix("big") ? 200 : 1
    response.answers = (0..<count).map { index in
      DNSMessage.Record(
        question.name, DNSMessage.RecordType.ipv4, timeToLive: 60,
        data: answer.advanced(by: index).bytes)
    }
    return response.encode(limit: limit)
  }
}
