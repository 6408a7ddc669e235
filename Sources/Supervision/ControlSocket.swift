import Linux
import Model
import State

/// Takes requests for the supervisor: one packet of JSON each, answered by another.
final class ControlSocket {
  private let loop: EventLoop
  private let answer: (SupervisorRequest) -> SupervisorReply
  private let listener: OwnedDescriptor
  private var clients: [Int32: OwnedDescriptor] = [:]

  init(
    _ path: String, _ loop: EventLoop,
    answer: @escaping (SupervisorRequest) -> SupervisorReply
  ) throws(SyscallError) {
    self.loop = loop
    self.answer = answer
    listener = try UnixSocket.listen(path, .messages)
    try Descriptors.setNonBlocking(listener.raw)
    try loop.add(listener.raw) { [unowned self] _ in accept() }
  }

  deinit {
    loop.remove(listener.raw)
    for number in clients.keys { loop.remove(number) }
  }

  private func accept() {
    while let client = try? UnixSocket.accept(listener.raw) {
      let number = client.raw
      clients[number] = client
      do { try loop.add(number) { [unowned self] _ in serve(number) } } catch {
        clients[number] = nil
      }
    }
  }

  private func serve(_ number: Int32) {
    guard
      let bytes = try? UnixSocket.receive(number, atMost: SupervisorRequest.maximumLength).bytes,
      !bytes.isEmpty
    else {
      loop.remove(number)
      clients[number] = nil
      return
    }
    // A client that is gone needs no reply.
    _ = try? UnixSocket.send(number, reply(to: bytes).packet)
  }

  private func reply(to bytes: [UInt8]) -> SupervisorReply {
    do throws(MessageError) {
      return answer(try SupervisorRequest(packet: bytes))
    } catch {
      return .failed([error.description])
    }
  }
}
