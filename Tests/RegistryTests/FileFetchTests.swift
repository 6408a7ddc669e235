import Glibc
import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// Fetching single files, also from servers that misbehave.
@Suite("Fetching files", .timeLimit(.standard))
struct FileFetchTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  private func fetch(
    _ address: String, tag: String? = nil, limit: Int64 = 1 << 20,
    change: (inout RegistrySettings) -> Void = { _ in }
  ) async throws -> RemoteFile? {
    var settings = RegistrySettings.forTests(files)
    change(&settings)
    let registry = Registry(settings)
    let request = RemoteFileRequest(
      address: address, path: "\(files.path)/fetched", knownTag: tag, limit: limit)
    return try await blocking { try registry.fetch(request) }
  }

  private func failure(
    _ address: String, limit: Int64 = 1 << 20,
    change: (inout RegistrySettings) -> Void = { _ in }
  ) async throws -> RegistryError {
    do {
      _ = try await fetch(address, limit: limit, change: change)
    } catch let error as RegistryError {
      return error
    }
    throw Diagnostic(.error, "the fetch should have failed")
  }

  private func serve(
    _ answer: ServedAnswer, _ body: (FaultyServer, String) async throws -> Void
  ) async throws {
    let server = try FaultyServer { _ in answer }
    defer { server.stop() }
    try await body(server, "http://127.0.0.1:\(server.port)")
  }

  @Test("a file comes with its digest, its time, its tag and its name")
  func whole() async throws {
    let answer = ServedAnswer(
      200, Array("hello".utf8),
      headers: [
        ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("ETag", "\"x\""),
        ("Content-Disposition", "attachment; filename=\"a;b.txt\""),
      ])
    try await serve(answer) { server, base in
      let file = try #require(try await fetch("\(base)/a b?c=d#e"))
      #expect(file.digest == .sha256(of: Array("hello".utf8)) && file.size == 5)
      #expect(file.modified == 784_111_777 && file.tag == "\"x\"" && file.name == "a;b.txt")
      #expect(try Files.readText("\(files.path)/fetched") == "hello")
      #expect(server.requests.map(\.target) == ["/a%20b?c=d"])
      #expect(server.requests[0].headers["authorization"] == nil)
    }
  }

  @Test("what is known is not sent again")
  func unchanged() async throws {
    try await serve(ServedAnswer(304)) { server, base in
      let known = try await fetch(base, tag: "\"x\"")
      #expect(known == nil)
      #expect(server.requests[0].headers["if-none-match"] == "\"x\"")
      let refusal = try await failure(base)
      #expect(refusal.diagnostic.message.contains("status 304"))
    }
  }

  @Test("a password goes to its own host, and not on to where that sends us")
  func redirection() async throws {
    let other = try FaultyServer { _ in ServedAnswer(200, Array("x".utf8)) }
    defer { other.stop() }
    let target = "http://localhost:\(other.port)/there"
    let server = try FaultyServer { request in
      request.path == "/start"
        ? ServedAnswer(302, headers: [("Location", "next")])
        : ServedAnswer(301, headers: [("Location", target)])
    }
    defer { server.stop() }
    _ = try await fetch("http://me:p%40ss@127.0.0.1:\(server.port)/start")
    #expect(server.requests.map(\.path) == ["/start", "/next"])
    let header = "Basic " + Base64.encode("me:p@ss")
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == header })
    #expect(other.requests.map(\.path) == ["/there"])
    #expect(other.requests[0].headers["authorization"] == nil)
  }

  @Test("redirections in circles end, and those to what is no web address")
  func circles() async throws {
    try await serve(ServedAnswer(302, headers: [("Location", "/")])) { _, base in
      let refusal = try await failure(base)
      #expect(refusal.diagnostic.message.contains("in circles"))
    }
    try await serve(ServedAnswer(302, headers: [("Location", "file:///etc/passwd")])) { _, base in
      let refusal = try await failure(base)
      #expect(refusal.diagnostic.message.contains("no web address"))
    }
  }

  @Test(
    "what is not there is named",
    arguments: [
      (404, RegistryError.Kind.notFound), (403, .denied), (401, .denied), (410, .notFound),
      (418, .invalid),
    ])
  func statuses(_ status: Int, _ kind: RegistryError.Kind) async throws {
    try await serve(ServedAnswer(status)) { server, base in
      let refusal = try await failure("\(base)/x")
      #expect(refusal.kind == kind)
      #expect(refusal.diagnostic.message.hasPrefix("\(base)/x answers with status \(status)"))
      #expect(server.requests.count == 1)
    }
  }

  @Test("a busy server is asked again, but not for ever")
  func busy() async throws {
    let count = Counter()
    let server = try FaultyServer { _ in
      count.next() == 1 ? ServedAnswer(503) : ServedAnswer(200, [1, 2])
    }
    defer { server.stop() }
    let second = try await fetch("http://127.0.0.1:\(server.port)/")
    #expect(second?.size == 2)
    try await serve(ServedAnswer(500)) { server, base in
      _ = try await failure(base)
      #expect(server.requests.count == 3)
    }
  }

  @Test("a cut connection is no end of the file")
  func cut() async throws {
    let count = Counter()
    let server = try FaultyServer { _ in
      var answer = ServedAnswer(200, Array("0123456789".utf8))
      if count.next() == 1 { answer.cutAfter = 4 }
      return answer
    }
    defer { server.stop() }
    let file = try await fetch("http://127.0.0.1:\(server.port)/")
    #expect(file?.digest == .sha256(of: Array("0123456789".utf8)))
    var short = ServedAnswer(200, [1, 2])
    short.claimedLength = 9
    try await serve(short) { _, base in
      let refusal = try await failure(base)
      #expect(refusal.kind == .unreachable)
    }
  }

  @Test("what is larger than allowed is refused, with or without a length")
  func limit() async throws {
    try await serve(ServedAnswer(200, [UInt8](repeating: 0, count: 2000))) { _, base in
      let refusal = try await failure(base, limit: 1999)
      #expect(refusal.diagnostic.hint?.contains("ROOST_LAYER_SIZE_LIMIT") == true)
      let exact = try await fetch(base, limit: 2000)
      #expect(exact?.size == 2000)
    }
  }

  @Test("nobody there, and no such name")
  func unreachable() async throws {
    let server = try FaultyServer { _ in ServedAnswer() }
    server.stop()
    let refused = try await failure("http://127.0.0.1:\(server.port)/x")
    #expect(refused.diagnostic.message.contains("connection refused"))
    #expect(refused.diagnostic.hint?.contains("registry") == false)
    let unknown = try await failure("http://nosuch.invalid/x")
    #expect(unknown.kind == .unreachable)
    #expect(unknown.diagnostic.message.hasPrefix("cannot fetch http://nosuch.invalid/x"))
    let refusal = try await failure("http://[::1/x")
    #expect(refusal.diagnostic.message.contains("no web address"))
  }

  @Test("a proxy is asked where the environment names one")
  func proxy() async throws {
    try await serve(ServedAnswer(200, [1])) { server, base in
      let file = try await fetch("http://far.invalid/x") { settings in
        settings.environment["HTTP_PROXY"] = base
      }
      #expect(file?.size == 1)
      #expect(server.requests.map(\.method) == ["CONNECT", "GET"])
      #expect(server.requests.map(\.target) == ["far.invalid:80", "/x"])
    }
  }

  @Test("names that a server gives are read as it quotes them")
  func dispositions() {
    #expect(ContentDisposition.fileName("attachment") == nil)
    #expect(ContentDisposition.fileName("attachment; FileName=a.txt; x=y") == "a.txt")
    #expect(ContentDisposition.fileName(#"x; filename="a\"b""#) == #"a"b"#)
    #expect(ContentDisposition.fileName("x; filename=\"\"") == nil)
    #expect(HTTPDate.seconds("yesterday") == nil)
    #expect(HTTPDate.seconds("Sun, 99 Nov 1994 08:49:37 GMT") == nil)
  }
}
