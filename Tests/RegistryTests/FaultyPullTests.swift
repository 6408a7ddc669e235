import Glibc
import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// Pulls from a server that misbehaves in one way each.
@Suite("Pulling from faulty registries", .timeLimit(.standard), .needsRoot)
struct FaultyPullTests {
  private let files: Scratch
  private let image: SampleImage
  private let progress = RecordedProgress()

  init() throws {
    files = try Scratch()
    image = try SampleImage()
  }

  private func pull(
    _ server: FaultyServer, tag: String = "1", platform: String? = nil,
    change: (inout RegistrySettings) -> Void = { _ in }
  ) async throws -> PullResult {
    var settings = RegistrySettings.forTests(files)
    change(&settings)
    let reference = try Reference("127.0.0.1:\(server.port)/app:\(tag)")
    return try await PatientClient(registry: Registry(settings, progress: progress)).pull(
      PullRequest(reference, platform: try platform.map { try Platform($0) }),
      into: files.store())
  }

  /// Pulls from a server whose answer for the layer is another; counts those answers from 1.
  private func pull(
    layer: @escaping @Sendable (ServedRequest, Int, ServedAnswer) -> ServedAnswer,
    change: (inout RegistrySettings) -> Void = { _ in }
  ) async throws -> (Result<PullResult, RegistryError>, [ServedRequest]) {
    let image = image
    let count = Counter()
    let server = try FaultyServer { request in
      let right = image.answer(request)
      return image.isForLayer(request) ? layer(request, count.next(), right) : right
    }
    defer { server.stop() }
    do {
      return (.success(try await pull(server, change: change)), server.requests)
    } catch let error as RegistryError {
      #expect(try files.store().list().isEmpty, "a failed pull must not leave an image")
      return (.failure(error), server.requests)
    }
  }

  private func failure(_ result: Result<PullResult, RegistryError>) throws -> RegistryError {
    guard case .failure(let error) = result else {
      throw Diagnostic(.error, "the pull should have failed")
    }
    return error
  }

  // MARK: What must work

  @Test("an image comes whole, and a second pull says that it is up to date")
  func whole() async throws {
    let image = image
    let server = try FaultyServer { image.answer($0) }
    defer { server.stop() }
    let first = try await pull(server)
    #expect(first.isNew)
    #expect(first.digest == image.top)
    #expect(first.image.id.hex == image.configuration.digest.hex)
    #expect(progress.phases == [.pulling, .downloaded, .extracting(done: 0, total: 0), .pulled])
    let lower = try files.store().lowerDirectories(of: first.image)
    #expect(try Files.status("\(lower[0])/data").size == 300_000)
    let second = try await pull(server)
    #expect(second.isNew == false)
    #expect(server.requests.count { image.isForLayer($0) } == 1)
    #expect(
      second.image.repositoryDigests == ["127.0.0.1:\(server.port)/app@\(image.top)"])
    #expect(second.image.receivedAt != nil)
  }

  @Test("a cut connection is gone on with where it was cut")
  func resume() async throws {
    let (result, requests) = try await pull { _, count, right in
      var answer = right
      if count < 4 { answer.cutAfter = 50_000 }
      return answer
    }
    #expect(throws: Never.self) { try result.get() }
    let ranges = requests.filter { image.isForLayer($0) }.map { $0.headers["range"] }
    #expect(ranges.count == 4)
    #expect(ranges[0] == nil)
    // How much of what was sent before the cut is still delivered is up to the system.
    let starts = ranges.dropFirst().compactMap { range in
      range.flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
    }
    #expect(starts.count == 3)
    #expect(zip([0] + starts, starts).allSatisfy { $0 < $1 && $1 <= 150_000 }, "\(starts)")
  }

  @Test(
    "the cut may be anywhere, also before the first byte and after the last but one",
    arguments: [0, 1, 2, 511, 65_536, 299_999])
  func cutAnywhere(_ place: Int) async throws {
    let (result, requests) = try await pull { _, count, right in
      var answer = right
      if count == 1 { answer.cutAfter = place }
      return answer
    }
    #expect(throws: Never.self) { try result.get() }
    #expect(requests.count { image.isForLayer($0) } == 2)
  }

  @Test("a server that knows no ranges is asked from the beginning")
  func noRanges() async throws {
    let blob = image.blobs[image.layer.digest] ?? []
    let (result, requests) = try await pull { _, count, _ in
      var answer = ServedAnswer(200, blob)
      if count == 1 { answer.cutAfter = 50_000 }
      return answer
    }
    #expect(throws: Never.self) { try result.get() }
    #expect(requests.count { image.isForLayer($0) } == 2)
  }

  @Test("a range that begins elsewhere is not put together with what is there")
  func wrongRange() async throws {
    let blob = image.blobs[image.layer.digest] ?? []
    let (result, _) = try await pull { _, count, right in
      var answer = right
      if count == 1 { answer.cutAfter = 50_000 }
      if count == 2 {
        answer = ServedAnswer(
          206, Array(blob[10...]),
          headers: [("Content-Range", "bytes 10-\(blob.count - 1)/\(blob.count)")])
      }
      return answer
    }
    #expect(throws: Never.self) { try result.get() }
  }

  @Test("busy answers are tried again", arguments: [429, 500, 502, 503, 504])
  func busy(_ status: Int) async throws {
    let (result, _) = try await pull { _, count, right in count < 3 ? ServedAnswer(status) : right }
    #expect(throws: Never.self) { try result.get() }
    #expect(progress.phases.count { if case .retrying = $0 { true } else { false } } == 2)
  }

  @Test("Retry-After is waited for")
  func retryAfter() async throws {
    let (result, _) = try await pull { _, count, right in
      count == 1 ? ServedAnswer(429, headers: [("Retry-After", "1")]) : right
    }
    #expect(throws: Never.self) { try result.get() }
    #expect(
      progress.phases.contains {
        if case .retrying(let seconds, _) = $0 { seconds == 1 } else { false }
      })
  }

  @Test("a silent server is asked again")
  func silent() async throws {
    let (result, requests) = try await pull { _, count, right in
      var answer = right
      answer.isSilent = count == 1
      return answer
    } change: {
      $0.silenceLimit = .seconds(3)
    }
    #expect(throws: Never.self) { try result.get() }
    // On a busy machine an answer may come so late that it counts as silence too.
    let asked = requests.count { image.isForLayer($0) }
    let repeated = progress.phases.count { if case .retrying = $0 { true } else { false } }
    #expect(asked >= 2)
    #expect(repeated >= asked - 1)
  }

  @Test("one wrong digest may be an accident")
  func wrongOnce() async throws {
    let (result, _) = try await pull { _, count, right in
      var answer = right
      if count == 1 { answer.body[100] ^= 1 }
      return answer
    }
    #expect(throws: Never.self) { try result.get() }
  }

  // MARK: What must fail

  @Test("a wrong digest is no image")
  func wrongDigest() async throws {
    let (result, _) = try await pull { _, _, right in
      var answer = right
      answer.body[100] ^= 1
      return answer
    }
    let error = try failure(result)
    #expect(error.kind == .invalid)
    #expect(error.diagnostic.message.contains(image.layer.digest.description))
  }

  @Test("more bytes than promised are not written down")
  func tooLong() async throws {
    let (result, _) = try await pull { _, _, right in
      var answer = right
      answer.body += [0]
      return answer
    }
    #expect(try failure(result).kind == .invalid)
  }

  @Test("fewer bytes than promised are not taken for all")
  func tooShort() async throws {
    let (result, _) = try await pull { _, _, right in
      var answer = right
      answer.body = Array(answer.body.prefix(1000))
      answer.status = 200
      answer.headers = []
      return answer
    }
    let error = try failure(result)
    #expect(error.kind == .invalid)
    #expect(error.diagnostic.message.contains("1000 of the \(image.layer.size) bytes"))
  }

  @Test("a registry that is never ready is given up")
  func alwaysBusy() async throws {
    let (result, requests) = try await pull { _, _, _ in ServedAnswer(503) }
    #expect(try failure(result).kind == .limited)
    #expect(requests.count { image.isForLayer($0) } == 5)
  }

  @Test("nobody waits for an hour")
  func longRetryAfter() async throws {
    let (result, requests) = try await pull { _, _, _ in
      ServedAnswer(429, headers: [("Retry-After", "3600")])
    }
    let error = try failure(result)
    #expect(error.kind == .limited)
    #expect(error.diagnostic.hint?.contains("3600") == true)
    #expect(requests.count { image.isForLayer($0) } == 1)
  }

  @Test("a redirection in circles ends")
  func circle() async throws {
    let (result, _) = try await pull { request, _, _ in
      ServedAnswer(307, headers: [("Location", request.target)])
    }
    #expect(try failure(result).diagnostic.message.contains("circles"))
  }

  @Test("a redirection to a host without encryption is refused")
  func plainRedirection() async throws {
    let (result, _) = try await pull { _, _, _ in
      ServedAnswer(307, headers: [("Location", "http://storage.invalid/blob")])
    }
    #expect(try failure(result).kind == .denied)
  }

  @Test("a manifest with another digest than its header says is refused")
  func lyingManifest() async throws {
    let image = image
    let server = try FaultyServer { request in
      var answer = image.answer(request)
      if request.path.contains("/manifests/") {
        answer.headers = [("Docker-Content-Digest", image.layer.digest.description)]
      }
      return answer
    }
    defer { server.stop() }
    let error = await #expect(throws: RegistryError.self) { try await pull(server) }
    #expect(error?.kind == .invalid)
  }

  @Test("what is missing is said with the registry's own words")
  func missing() async throws {
    let image = image
    let server = try FaultyServer { image.answer($0) }
    defer { server.stop() }
    let error = await #expect(throws: RegistryError.self) { try await pull(server, tag: "none") }
    #expect(error?.kind == .notFound)
    #expect(error?.diagnostic.message.contains("manifest unknown") == true)
  }

  @Test("nobody there is said at once")
  func nobody() async throws {
    let image = image
    let server = try FaultyServer { image.answer($0) }
    server.stop()
    let error = await #expect(throws: RegistryError.self) { try await pull(server) }
    #expect(error?.kind == .unreachable)
  }

  @Test(
    "manifests that are no images are refused",
    arguments: [
      "[]", "{", #"{"schemaVersion": 1}"#, #"{"schemaVersion": 2}"#,
      #"{"schemaVersion": 2, "manifests": []}"#,
      #"{"schemaVersion": 2, "config": {"digest": "x"}, "layers": []}"#,
      #"{"schemaVersion": 2, "config": {}, "layers": [], "mediaType": "text/html"}"#,
    ])
  func oddManifests(_ text: String) async throws {
    let image = image
    let server = try FaultyServer { request in
      request.path.contains("/manifests/")
        ? ServedAnswer(200, Array(text.utf8))
        : image.answer(request)
    }
    defer { server.stop() }
    await #expect(throws: RegistryError.self) { try await pull(server) }
  }

  @Test("a cancelled pull ends soon and leaves nothing")
  func cancelled() async throws {
    let image = image
    let cancellation = TransferCancellation()
    let server = try FaultyServer { request in
      var answer = image.answer(request)
      if image.isForLayer(request) {
        answer.cutAfter = 1000
        cancellation.cancel()
      }
      return answer
    }
    defer { server.stop() }
    let reference = try Reference("127.0.0.1:\(server.port)/app:1")
    let registry = Registry(.forTests(files), cancellation: cancellation)
    let client = PatientClient(registry: registry)
    let error = await #expect(throws: RegistryError.self) {
      try await client.pull(PullRequest(reference), into: files.store())
    }
    #expect(error?.kind == .cancelled)
    #expect(try files.store().list().isEmpty)
  }

  // MARK: Platforms

  @Test("of an index the image of the platform is taken, and the index is what is named")
  func platforms() async throws {
    let other = Platform.host.architecture == "arm64" ? "amd64" : "arm64"
    let foreign = try SampleImage(size: 10, architecture: other)
    let index = try SampleImage(index: [foreign, image])
    let server = try FaultyServer { index.answer($0) }
    defer { server.stop() }
    let host = try await pull(server)
    #expect(host.image.manifestDigest == image.top)
    #expect(host.digest == index.top)
    #expect(try await pull(server, platform: other).image.manifestDigest == foreign.top)
    let error = await #expect(throws: RegistryError.self) {
      try await pull(server, platform: "linux/s390x")
    }
    #expect(error?.kind == .notFound)
    #expect(error?.diagnostic.hint?.contains("linux/arm64") == true)
  }

  @Test("indexes within indexes end somewhere")
  func nested() async throws {
    var nested = image
    for _ in 0..<6 {
      let inner = nested
      let entry = Descriptor(
        mediaType: MediaType.index, digest: inner.top,
        size: Int64(inner.manifests[inner.top]?.bytes.count ?? 0), platform: .host)
      let bytes = ImageIndex(manifests: [entry]).json.utf8()
      nested.top = Digest.sha256(of: bytes)
      nested.manifests[nested.top] = (bytes, MediaType.index)
    }
    let registry = nested
    let server = try FaultyServer { registry.answer($0) }
    defer { server.stop() }
    let error = await #expect(throws: RegistryError.self) { try await pull(server) }
    #expect(error?.diagnostic.message.contains("nested") == true)
  }

  // MARK: Authorization, mirrors

  @Test("a token is asked for with the right scope, and never shown to the storage behind")
  func tokens() async throws {
    let image = image
    let storage = try FaultyServer { image.answer($0) }
    let issuer = try FaultyServer { request in
      let isRight = request.headers["authorization"] == "Basic " + Base64.encode("u:p")
      return isRight
        ? ServedAnswer(200, Array(#"{"token": "secret-token", "expires_in": 300}"#.utf8))
        : ServedAnswer(401)
    }
    let server = try FaultyServer { request in
      guard request.headers["authorization"] == "Bearer secret-token" else {
        let realm = "http://127.0.0.1:\(issuer.port)/token"
        return ServedAnswer(
          401, headers: [("WWW-Authenticate", #"Bearer realm="\#(realm)",service="s t""#)])
      }
      guard image.isForLayer(request) else { return image.answer(request) }
      let place = "http://127.0.0.1:\(storage.port)\(request.target)"
      return ServedAnswer(307, headers: [("Location", place)])
    }
    defer { for each in [storage, issuer, server] { each.stop() } }
    let denied = await #expect(throws: RegistryError.self) { try await pull(server) }
    #expect(denied?.kind == .denied)
    try files.write(
      "docker/config.json",
      #"{"auths": {"127.0.0.1:\#(server.port)": {"auth": "\#(Base64.encode("u:p"))"}}}"#)
    #expect(try await pull(server).isNew)
    #expect(storage.requests.isEmpty == false)
    #expect(storage.requests.allSatisfy { $0.headers["authorization"] == nil })
    #expect(
      issuer.requests.last?.target
        == "/token?service=s%20t&account=u&scope=repository%3Aapp%3Apull")
  }

  @Test("a mirror is asked first, and the registry itself when the mirror has nothing")
  func mirrors() async throws {
    let image = image
    let server = try FaultyServer { image.answer($0) }
    let mirror = try FaultyServer { image.answer($0) }
    let empty = try FaultyServer { $0.path == "/v2/" ? ServedAnswer(200) : .missing }
    defer { for each in [server, mirror, empty] { each.stop() } }
    let domain = "127.0.0.1:\(server.port)"
    var rule = RegistrySettings.Rule()
    rule.mirrors = ["http://127.0.0.1:\(empty.port)", "http://127.0.0.1:\(mirror.port)"]
    let result = try await pull(server) { $0.rules[domain] = rule }
    #expect(result.image.references.map(\.description) == ["\(domain)/app:1"])
    #expect(server.requests.isEmpty)
    #expect(mirror.requests.isEmpty == false)
    #expect(progress.messages.count == 1)
    rule.mirrors = ["http://127.0.0.1:\(empty.port)"]
    _ = try await pull(server) { $0.rules[domain] = rule }
    #expect(server.requests.isEmpty == false)
  }
}
