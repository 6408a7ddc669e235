import Linux
import Model
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// A registry that wants tokens, and the service that gives them out.
private final class GuardedRegistry: Sendable {
  let server: FaultyServer
  let issuer: FaultyServer
  private let given = Counter()

  /// - Parameters:
  ///   - life: What the service says of a token's life, in seconds.
  ///   - uses: How many requests a token is good for.
  ///   - identify: True for those who may have a token.
  ///   - answer: What is behind the door.
  init(
    life: Int = 300, uses: Int = .max,
    identify: @escaping @Sendable (ServedRequest) -> Bool = { _ in true },
    answer: @escaping @Sendable (ServedRequest) -> ServedAnswer
  ) throws {
    let given = given
    issuer = try FaultyServer { request in
      guard identify(request) else { return ServedAnswer(401) }
      let text = #"{"access_token": "token-\#(given.next())", "expires_in": \#(life)}"#
      return ServedAnswer(200, Array(text.utf8))
    }
    let realm = "http://127.0.0.1:\(issuer.port)/token"
    let used = Monitored<[String: Int]>([:])
    server = try FaultyServer { request in
      let shown = request.headers["authorization"] ?? ""
      used.change { $0[shown, default: 0] += 1 }
      let isKnown = shown.hasPrefix("Bearer token-") && used.value[shown, default: 0] <= uses
      return isKnown
        ? answer(request)
        : ServedAnswer(
          401, headers: [("WWW-Authenticate", #"Bearer realm="\#(realm)",service="s""#)])
    }
  }

  func stop() {
    server.stop()
    issuer.stop()
  }

  var domain: String { "127.0.0.1:\(server.port)" }
  /// The scopes that tokens were asked for, in order.
  var scopes: [[String]] {
    issuer.requests.map { request in
      request.target.split(separator: "?").dropFirst().joined().split(separator: "&")
        .filter { $0.hasPrefix("scope=") }
        .map { PercentEncoding.decode($0.dropFirst("scope=".count)) }
    }
  }
}

@Suite("Tokens", .timeLimit(.standard), .needsRoot)
struct AuthorizationTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  private func client() -> PatientClient {
    PatientClient(registry: Registry(.forTests(files)))
  }

  private func pull(
    _ registry: GuardedRegistry, into store: String = "store"
  ) async throws -> PullResult {
    try await client().pull(
      PullRequest(try Reference("\(registry.domain)/app:1")), into: files.store(store))
  }

  @Test("one token serves a whole pull")
  func shared() async throws {
    let image = try SampleImage()
    let registry = try GuardedRegistry { image.answer($0) }
    defer { registry.stop() }
    #expect(try await pull(registry).isNew)
    #expect(registry.scopes == [["repository:app:pull"]])
  }

  @Test("those who ask at once get one token together")
  func together() async throws {
    let registry = try GuardedRegistry { _ in ServedAnswer(200) }
    defer { registry.stop() }
    let realm = "http://127.0.0.1:\(registry.issuer.port)/token"
    let settings = RegistrySettings.forTests(files)
    let transport = HTTPTransport(settings)
    let authorizer = Authorizer(
      domain: "r.test", settings: settings, transport: transport, credentials: { nil })
    try await authorizer.learn([Challenge(scheme: "bearer", parameters: ["realm": realm])])
    try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<8 { group.addTask { try await authorizer.header(["repository:a:pull"]) } }
      for try await header in group { #expect(header == "Bearer token-1") }
    }
    // Who was refused with an older token does not take the newer one from the others.
    await authorizer.forget(["repository:a:pull"], refused: "Bearer token-0")
    #expect(try await authorizer.header(["repository:a:pull"]) == "Bearer token-1")
    await authorizer.forget(["repository:a:pull"], refused: "Bearer token-1")
    #expect(try await authorizer.header(["repository:a:pull"]) == "Bearer token-2")
    await transport.close()
  }

  @Test("a token that is refused or at its end is followed by another", arguments: [1, 2])
  func renewed(_ uses: Int) async throws {
    let image = try SampleImage()
    let refusing = try GuardedRegistry(uses: uses) { image.answer($0) }
    defer { refusing.stop() }
    #expect(try await pull(refusing).isNew)
    #expect(refusing.scopes.count > 1)
    let ending = try GuardedRegistry(life: 0) { image.answer($0) }
    defer { ending.stop() }
    #expect(try await pull(ending, into: "other").isNew)
    #expect(ending.scopes.count == 3)
  }

  @Test("a push asks for both rights, and for mounting for that to read the other repository")
  func pushScopes() async throws {
    let registry = try GuardedRegistry { request in
      switch (request.method, request.target.contains("mount=")) {
      case ("HEAD", _): ServedAnswer(404)
      case ("POST", true), ("PUT", _): ServedAnswer(201)
      case ("POST", false): ServedAnswer(202, headers: [("Location", "/v2/app/blobs/uploads/1")])
      default: ServedAnswer(200)
      }
    }
    defer { registry.stop() }
    let store = files.store()
    try files.write("tree/file", "content")
    let tar = "\(files.path)/tree.tar.gz"
    try Scratch.run("tar", ["-C", "\(files.path)/tree", "-czf", tar, "."])
    let first = try Reference("\(registry.domain)/first:1")
    _ = try store.importArchive(ImportRequest(source: .file(tar), reference: first))
    _ = try await client().push(first, from: store)
    #expect(registry.scopes == [["repository:first:pull,push"]])
    let second = try Reference("\(registry.domain)/second:1")
    try store.tag(first.description, as: second.description)
    _ = try await client().push(second, from: store)
    #expect(
      registry.scopes.dropFirst().contains([
        "repository:second:pull,push", "repository:first:pull",
      ]))
  }

  @Test("an identity token that a helper program keeps is exchanged for tokens")
  func identityToken() async throws {
    let image = try SampleImage()
    let registry = try GuardedRegistry(
      identify: { request in
        request.method == "POST" && request.headers["authorization"] == nil
          && request.body.contains("grant_type=refresh_token")
          && request.body.contains("refresh_token=kept%2Btoken")
          && request.body.contains("scope=repository%3Aapp%3Apull")
      }, answer: { image.answer($0) })
    defer { registry.stop() }
    let bin = try files.directory("bin")
    try files.write(
      "bin/docker-credential-test",
      "#!/bin/sh\necho '{\"Username\": \"<token>\", \"Secret\": \"kept+token\"}'\n", mode: 0o755)
    try files.write(
      "docker/config.json", #"{"credHelpers": {"\#(registry.domain)": "test"}}"#)
    var settings = RegistrySettings.forTests(files)
    settings.environment["PATH"] = "\(bin):/usr/bin:/bin"
    let client = PatientClient(registry: Registry(settings))
    let reference = try Reference("\(registry.domain)/app:1")
    #expect(try await client.pull(PullRequest(reference), into: files.store()).isNew)
  }
}
