import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Registry

/// Single requests, below all that registries are about.
@Suite("Single requests", .timeLimit(.standard))
struct TransportTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  private func address(_ server: FaultyServer, _ target: String) throws -> WebAddress {
    try #require(WebAddress("http://127.0.0.1:\(server.port)\(target)"))
  }

  @Test("each request is reported without what is secret in it")
  func reports() async throws {
    let server = try FaultyServer { request in
      ServedAnswer(request.method == "PUT" ? 201 : 200, Array("hello".utf8))
    }
    defer { server.stop() }
    let reports = Monitored<[RequestReport]>([])
    var settings = RegistrySettings.forTests(files)
    settings.onRequest = { report in reports.change { $0.append(report) } }
    let transport = HTTPTransport(settings)
    let call = HTTPCall(
      .get, try address(server, "/v2/app?signature=secret"),
      headers: [("Authorization", "Bearer secret")])
    #expect(try await transport.send(call).bytes(limit: 5) == Array("hello".utf8))
    _ = try await transport.send(
      HTTPCall(.put, try address(server, "/v2/x"), body: Array("secret".utf8)))
    let all = reports.value
    #expect(all.map(\.method) == ["GET", "PUT"])
    #expect(all.map(\.status) == [200, 201])
    #expect(all.map(\.version) == ["HTTP/1.1", "HTTP/1.1"])
    #expect(all.map(\.received) == [5, 5])
    #expect(all.map(\.sent) == [0, 6])
    #expect(all.allSatisfy { !"\($0)".contains("secret") })
    #expect(all[0].address == "http://127.0.0.1:\(server.port)/v2/app?…")
  }

  @Test("a body that is larger than asked for is an error, and so is one that was cut")
  func bodies() async throws {
    let server = try FaultyServer { request in
      var answer = ServedAnswer(200, [1, 2, 3])
      if request.path == "/cut" { answer.cutAfter = 2 }
      return answer
    }
    defer { server.stop() }
    let transport = HTTPTransport(.forTests(files))
    let whole = try await transport.send(HTTPCall(.get, try address(server, "/whole")))
    #expect(try whole.bytes(limit: 3) == [1, 2, 3])
    #expect(throws: RegistryError.self) { try whole.bytes(limit: 2) }
    let cut = try await transport.send(HTTPCall(.get, try address(server, "/cut")))
    #expect(cut.status == 200)
    #expect(throws: TransientFailure.self) { try cut.bytes(limit: 3) }
  }

  @Test("what a receiver throws ends the request, and is thrown")
  func refusingReceiver() async throws {
    let server = try FaultyServer { _ in
      ServedAnswer(200, [UInt8](repeating: 0, count: 100_000))
    }
    defer { server.stop() }
    let transport = HTTPTransport(.forTests(files))
    let call = HTTPCall(.get, try address(server, "/"))
    let refusal = Diagnostic(.error, "no more")
    await #expect(throws: Diagnostic.self) {
      try await transport.send(call) { _ in { _ in throw refusal } }
    }
    await #expect(throws: Diagnostic.self) {
      try await transport.send(call) { _ in throw refusal }
    }
  }

  @Test("headers are found in any case, and lines without a name are passed over")
  func headers() {
    var headers = HTTPHeaders()
    for line in ["ETag:  \"a: b\" ", "X-Empty:", "nothing", ": nothing", "etag: second"] {
      headers.add(line: line)
    }
    #expect(headers["etag"] == ["\"a: b\"", "second"])
    #expect(headers.first(name: "ETAG") == "\"a: b\"")
    #expect(headers.first(name: "x-empty") == "")
  }

  @Test("headers without an end are not read for ever")
  func endlessHeaders() async throws {
    let long = String(repeating: "x", count: 1000)
    let server = try FaultyServer { _ in
      ServedAnswer(200, headers: (0..<400).map { ("X-\($0)", long) })
    }
    defer { server.stop() }
    let call = HTTPCall(.get, try address(server, "/"))
    let error = await #expect(throws: (any Error).self) {
      try await HTTPTransport(.forTests(files)).send(call)
    }
    #expect(error is RegistryError || error is TransientFailure)
  }
}
