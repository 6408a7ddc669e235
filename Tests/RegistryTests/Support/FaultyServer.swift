import Glibc
import Linux
import Synchronization

/// A request as the server got it.
struct ServedRequest: Sendable {
  var method: String
  var target: String
  /// The headers, their names in lower case.
  var headers: [String: String]
  /// The body as text.
  var body = ""

  var path: String { String(target.prefix { $0 != "?" }) }
}

/// An answer, and how it goes wrong.
struct ServedAnswer: Sendable {
  var status = 200
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// The length that the header names, if another than that of the body.
  var claimedLength: Int?
  /// After so many bytes of the body the connection is cut.
  var cutAfter: Int?
  /// Nothing is said until the client has gone.
  var isSilent = false

  init(_ status: Int = 200, _ body: [UInt8] = [], headers: [(String, String)] = []) {
    self.status = status
    self.body = body
    self.headers = headers
  }
}

/// An HTTP server on this machine that does what a test tells it to, also what no server should.
final class FaultyServer: Sendable {
  let port: Int
  private let listener: Int32
  private let answer: @Sendable (ServedRequest) -> ServedAnswer
  private let log = Mutex<[ServedRequest]>([])

  init(_ answer: @escaping @Sendable (ServedRequest) -> ServedAnswer) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else { throw SyscallError("bind") }
    port = Int(UInt16(bigEndian: address.sin_port))
    WorkerThread.start { [self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        WorkerThread.start { [self] in serve(client) }
      }
    }
  }

  /// Ends the server. Its threads hold it, so it does not end by itself.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// What was asked for so far.
  var requests: [ServedRequest] { log.withLock { $0 } }

  private func serve(_ client: Int32) {
    // What comes through a tunnel is answered as if it had come straight.
    while answerOnce(client) {}
    close(client)
  }

  /// Answers one request; true when it opened a tunnel.
  private func answerOnce(_ client: Int32) -> Bool {
    guard let request = read(client) else {
      // What speaks TLS here shall see at once that nobody answers in it.
      _ = write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", to: client)
      return false
    }
    log.withLock { $0.append(request) }
    let answer = answer(request)
    if request.method == "CONNECT", answer.status == 200 {
      return write("HTTP/1.1 200 Connected\r\n\r\n", to: client)
    }
    if answer.isSilent {
      waitForEnd(of: client)
      return false
    }
    var head = "HTTP/1.1 \(answer.status) Whatever\r\nConnection: close\r\n"
    head += "Content-Length: \(answer.claimedLength ?? answer.body.count)\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    guard write(head + "\r\n", to: client), request.method != "HEAD" else { return false }
    let body = answer.body.prefix(answer.cutAfter ?? answer.body.count)
    _ = write(Array(body), to: client)
    shutdown(client, Int32(SHUT_WR))
    return false
  }

  /// Waits until the client says more, which it does not, or closes.
  private func waitForEnd(of client: Int32) {
    var entries = [pollfd(fd: client, events: Int16(POLLIN), revents: 0)]
    _ = try? Descriptors.poll(&entries, timeoutMilliseconds: nil)
  }

  private func read(_ client: Int32) -> ServedRequest? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
      guard Glibc.read(client, &byte, 1) == 1, bytes.count < 65_536 else { return nil }
      bytes.append(byte)
      if bytes.count == 1, byte == 0x16 { return nil }
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1].dropFirst()) }
    }
    var request = ServedRequest(
      method: String(words[0]), target: String(words[1]), headers: headers)
    request.body = readBody(client, count: headers["content-length"].flatMap { Int($0) } ?? 0)
    return request
  }

  private func readBody(_ client: Int32, count: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = count > 0 ? recv(client, &bytes, count, Int32(MSG_WAITALL)) : 0
    return String(decoding: bytes.prefix(max(0, filled)), as: UTF8.self)
  }

  private func write(_ text: String, to client: Int32) -> Bool {
    write(Array(text.utf8), to: client)
  }

  private func write(_ bytes: [UInt8], to client: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

/// A number that several threads count up.
final class Counter: Sendable {
  private let value = Atomic<Int>(0)
  /// Counts up; returns the new number.
  func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  var count: Int { value.load(ordering: .relaxed) }
}

/// A value that several threads change.
final class Monitored<Value: Sendable>: Sendable {
  private let state: Mutex<Value>
  init(_ value: Value) { state = Mutex(value) }
  var value: Value { state.withLock { $0 } }
  func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}
