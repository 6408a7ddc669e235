import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// Pulls from and pushes to a real registry, with skopeo on the other side.
@Suite("A real registry", .timeLimit(.standard), .needsRoot, .needsDebianRegistry)
struct DebianRegistryTests {
  private let files: Scratch
  private let progress = RecordedProgress()

  init() throws { files = try Scratch() }

  private func client(_ change: (inout RegistrySettings) -> Void = { _ in }) -> PatientClient {
    var settings = RegistrySettings.forTests(files)
    change(&settings)
    return PatientClient(registry: Registry(settings, progress: progress))
  }

  /// An image of two layers of a store of its own, under a name.
  private func makeImage(_ name: String, in store: ImageStore) throws -> ImageRecord {
    try files.write("tree/etc/motd", "hello from \(name)")
    let tar = "\(files.path)/tree.tar.gz"
    try Scratch.run("tar", ["-C", "\(files.path)/tree", "-czf", tar, "."])
    return try store.importArchive(
      ImportRequest(source: .file(tar), reference: try Reference(name)))
  }

  private func text(_ image: ImageRecord, _ path: String, in store: ImageStore) throws -> String {
    let lower = try store.lowerDirectories(of: image)
    return try Files.readText("\(lower[0])/\(path)")
  }

  private func expectDenial(_ body: () async throws -> Void) async throws {
    let error = await #expect(throws: RegistryError.self) { try await body() }
    #expect(error?.kind == .denied)
  }

  @Test("what skopeo put there is pulled", arguments: ["gzip", "zstd", "docker"])
  func pullsWhatSkopeoPut(_ form: String) async throws {
    let registry = try DebianRegistry()
    let source = files.store("source")
    let made = try makeImage("made", in: source)
    let options =
      form == "docker"
      ? ["--format", "v2s2"] : ["--dest-compress-format", form, "--format", "oci"]
    try Scratch.run(
      "skopeo",
      [
        "copy", "-q", "--dest-tls-verify=false",
      ] + options + [
        "oci:\(source.layout.images):docker.io/library/made:latest",
        "docker://\(registry.host)/team/app:1",
      ])
    let store = files.store()
    let reference = try Reference("\(registry.host)/team/app:1")
    let result = try await client().pull(PullRequest(reference), into: store)
    #expect(result.isNew)
    #expect(result.image.configuration.diffIDs == made.configuration.diffIDs)
    #expect(try text(result.image, "etc/motd", in: store) == "hello from made")
    let again = try await client().pull(PullRequest(reference.at(result.digest)), into: store)
    #expect(again.isNew == false)
    #expect(again.image.references == [reference])
  }

  @Test("what was pushed is what skopeo gets, and what is pulled again")
  func pushes() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let name = "\(registry.host)/team/app:1"
    let made = try makeImage(name, in: store)
    let reference = try Reference(name)
    let result = try await client().push(reference, from: store)
    #expect(result.digest == made.manifestDigest)
    #expect(progress.phases == [.preparing, .pushed])
    let inspected = try Scratch.run(
      "skopeo", ["inspect", "--tls-verify=false", "docker://\(name)"]
    ).outputText
    #expect(try JSON.parse(inspected)["Digest"]?.stringValue == result.digest.description)
    #expect(
      try store.resolve(name).repositoryDigests == [reference.at(result.digest).description])
    _ = try await client().push(reference, from: store)
    #expect(progress.phases.suffix(2) == [.preparing, .alreadyPushed])
    let other = files.store("other")
    let pulled = try await client().pull(PullRequest(reference), into: other)
    #expect(pulled.image.id == made.id)
    #expect(try text(pulled.image, "etc/motd", in: other) == "hello from \(name)")
  }

  @Test("layers that another repository has are mounted from there")
  func mounts() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let first = "\(registry.host)/one/app:1"
    _ = try makeImage(first, in: store)
    _ = try await client().push(try Reference(first), from: store)
    let second = "\(registry.host)/two/app:1"
    try store.tag(first, as: second)
    _ = try await client().push(try Reference(second), from: store)
    #expect(progress.phases.last == .mounted(from: "one/app"))
  }

  @Test("a large layer goes up in pieces")
  func pieces() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let directory = try files.directory("tree")
    try Scratch.run(
      "dd", ["if=/dev/urandom", "of=\(directory)/large", "bs=1M", "count=21", "status=none"])
    let name = "\(registry.host)/large:1"
    let made = try makeImage(name, in: store)
    _ = try await client().push(try Reference(name), from: store)
    let other = files.store("other")
    #expect(
      try await client().pull(PullRequest(try Reference(name)), into: other).image.id == made.id)
  }

  @Test("a registry with passwords lets in only those who logged in")
  func passwords() async throws {
    let registry = try DebianRegistry(.password)
    let store = files.store()
    let name = "\(registry.host)/app:1"
    _ = try makeImage(name, in: store)
    let reference = try Reference(name)
    func push() async throws { _ = try await client().push(reference, from: store) }
    try await expectDenial(push)
    let wrong = await #expect(throws: RegistryError.self) {
      try await client().login(registry.host, user: DebianRegistry.user, secret: "wrong")
    }
    #expect(wrong?.kind == .denied)
    #expect(Files.exists("\(files.path)/docker/config.json") == false)
    let result = try await client().login(
      registry.host, user: DebianRegistry.user, secret: DebianRegistry.secret)
    #expect(result.unencryptedFile == "\(files.path)/docker/config.json")
    try await push()
    let pulled = try await client().pull(PullRequest(reference), into: files.store("other"))
    #expect(pulled.isNew)
    #expect(try await client().logout(registry.host))
    try await expectDenial(push)
  }

  @Test("an encrypted registry is trusted only by its certificate")
  func encrypted() async throws {
    let registry = try DebianRegistry(.encrypted)
    let store = files.store()
    let name = "\(registry.host)/app:1"
    _ = try makeImage(name, in: store)
    let reference = try Reference(name)
    let error = await #expect(throws: RegistryError.self) {
      try await client().push(reference, from: store)
    }
    #expect(error?.kind == .untrusted)
    #expect(error?.diagnostic.hint?.contains("certs.d/\(registry.host)/ca.crt") == true)
    var careless = RegistrySettings.Rule()
    careless.skipsVerification = true
    _ = try await client { $0.rules[registry.host] = careless }.push(reference, from: store)
    try files.write(
      "certs.d/\(registry.host)/ca.crt", try Files.readText(registry.certificate))
    let other = files.store("other")
    #expect(try await client().pull(PullRequest(reference), into: other).isNew)
  }

  @Test("a registry that wants to see a certificate is shown ours")
  func clientCertificate() async throws {
    let registry = try DebianRegistry(.certificate)
    let store = files.store()
    let name = "\(registry.host)/app:1"
    _ = try makeImage(name, in: store)
    let reference = try Reference(name)
    let place = "certs.d/\(registry.host)"
    try files.write("\(place)/ca.crt", try Files.readText(registry.certificate))
    await #expect(throws: RegistryError.self) {
      try await client { $0.attempts = 1 }.push(reference, from: store)
    }
    // The registry's own certificate is its authority: it may identify us as well.
    try files.write("\(place)/client.cert", try Files.readText(registry.certificate))
    let missing = await #expect(throws: RegistryError.self) {
      try await client().push(reference, from: store)
    }
    #expect(missing?.diagnostic.message.contains("client.key is missing") == true)
    try files.write("\(place)/client.key", try Files.readText(registry.key), mode: 0o600)
    _ = try await client().push(reference, from: store)
    let other = files.store("other")
    #expect(try await client().pull(PullRequest(reference), into: other).isNew)
  }
}
