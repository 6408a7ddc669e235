import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// Layers that were built or imported as plain tars, on their way to a registry.
@Suite("Pushing plain layers", .timeLimit(.standard), .needsRoot, .needsDebianRegistry)
struct CompressedPushTests {
  private let files: Scratch
  private let progress = RecordedProgress()

  init() throws { files = try Scratch() }

  private func client() -> PatientClient {
    PatientClient(registry: Registry(.forTests(files), progress: progress))
  }

  private func makeImage(_ name: String, in store: ImageStore) throws -> ImageRecord {
    try files.write("tree/text", String(repeating: "the same again and again\n", count: 4000))
    let tar = "\(files.path)/tree.tar"
    try Scratch.run("tar", ["-C", "\(files.path)/tree", "-cf", tar, "."])
    return try store.importArchive(
      ImportRequest(source: .file(tar), reference: try Reference(name)))
  }

  private func rawManifest(_ name: String) throws -> Manifest {
    let text = try Scratch.run(
      "skopeo", ["inspect", "--raw", "--tls-verify=false", "docker://\(name)"]
    ).outputText
    return try Manifest(json: JSON.parse(text), in: "the manifest")
  }

  @Test("a plain layer goes up compressed, and the image stays the same")
  func compressed() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let name = "\(registry.host)/app:1"
    let made = try makeImage(name, in: store)
    let reference = try Reference(name)
    let result = try await client().push(reference, from: store)
    let sent = try rawManifest(name)
    let plain = try #require(made.layers.first?.blob)
    #expect(plain.mediaType == MediaType.layer)
    #expect(sent.layers.map(\.mediaType) == [MediaType.gzipLayer])
    #expect(try #require(sent.layers.first).size < plain.size / 10)
    #expect(
      try store.resolve(name).repositoryDigests == [reference.at(result.digest).description])
    let pulled = try await client().pull(PullRequest(reference), into: files.store("other"))
    #expect(pulled.image.id == made.id)
    #expect(pulled.digest == result.digest)
    // The image that went up is the one that would come down.
    #expect(try await client().pull(PullRequest(reference), into: store).isNew == false)
    #expect(try store.resolve(name).manifestDigest == made.manifestDigest)
    try Scratch.run(
      "skopeo",
      ["copy", "-q", "--src-tls-verify=false", "docker://\(name)", "dir:\(files.path)/copy"])
  }

  @Test("what the registry has is neither compressed nor sent again")
  func again() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let name = "\(registry.host)/app:1"
    let made = try makeImage(name, in: store)
    let reference = try Reference(name)
    let first = try await client().push(reference, from: store)
    // Without its blob the layer could not be compressed.
    let plain = try #require(made.layers.first?.blob)
    try Files.remove(store.blobPath(plain.digest))
    let second = try await client().push(reference, from: store)
    #expect(first.digest == second.digest)
    #expect(progress.phases.suffix(2) == [.preparing, .alreadyPushed])
    let elsewhere = "\(registry.host)/other/app:1"
    try store.tag(name, as: elsewhere)
    _ = try await client().push(try Reference(elsewhere), from: store)
    #expect(progress.phases.last == .mounted(from: "app"))
  }

  @Test("a layer that was pulled goes on as it came")
  func pulledLayer() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let name = "\(registry.host)/app:1"
    _ = try makeImage(name, in: store)
    _ = try await client().push(try Reference(name), from: store)
    let other = files.store("other")
    let pulled = try await client().pull(PullRequest(try Reference(name)), into: other)
    let next = "\(registry.host)/next:1"
    try other.tag(name, as: next)
    let pushed = try await client().push(try Reference(next), from: other)
    #expect(pushed.digest == pulled.digest)
    #expect(Files.exists("\(other.layout.cache)/compressed") == false)
  }

  @Test("a layer that compresses to something else than it did is sent anew")
  func changed() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let name = "\(registry.host)/app:1"
    let made = try makeImage(name, in: store)
    let plain = try #require(made.layers.first?.blob)
    let wrong = Descriptor(
      mediaType: MediaType.gzipLayer, digest: Digest.sha256(of: "another"), size: 7)
    try Files.makeDirectories("\(store.layout.cache)/compressed")
    try Files.write("\(store.layout.cache)/compressed/\(plain.digest.hex)", wrong.json.utf8())
    _ = try await client().push(try Reference(name), from: store)
    let sent = try rawManifest(name)
    #expect(sent.layers.first?.digest != wrong.digest)
    let other = files.store("other")
    let pulled = try await client().pull(PullRequest(try Reference(name)), into: other)
    #expect(pulled.image.id == made.id)
  }
}
