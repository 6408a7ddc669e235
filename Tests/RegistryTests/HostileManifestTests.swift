import Linux
import Model
import State
import TestSupport
import Testing
import Transfer

@testable import Image
@testable import Registry

/// Images whose parts lie about one another, from a registry that sends them as they are.
@Suite("Pulling hostile images", .timeLimit(.standard), .needsRoot)
struct HostileManifestTests {
  private let files: Scratch
  private let image: SampleImage

  init() throws {
    files = try Scratch()
    image = try SampleImage(size: 5000)
  }

  /// Pulls an image whose manifest is another; the digests are right all the same.
  private func refusal(
    _ change: (inout SampleImage) throws -> Manifest
  ) async throws -> RegistryError {
    var hostile = image
    let bytes = try change(&hostile).json.utf8()
    return try await refusal(of: bytes, in: hostile)
  }

  private func refusal(of bytes: [UInt8], in image: SampleImage) async throws -> RegistryError {
    var hostile = image
    hostile.top = Digest.sha256(of: bytes)
    hostile.manifests[hostile.top] = (bytes, MediaType.manifest)
    let served = hostile
    let server = try FaultyServer { served.answer($0) }
    defer { server.stop() }
    let client = PatientClient(
      registry: Registry(RegistrySettings.forTests(files), progress: RecordedProgress()))
    let store = files.store()
    let reference = try Reference("127.0.0.1:\(server.port)/app:1")
    do {
      _ = try await client.pull(PullRequest(reference), into: store)
    } catch let error as RegistryError {
      #expect(try store.list().isEmpty, "a failed pull must not leave an image")
      let layers = try Files.listIfPresent(store.layout.layers)
      #expect(layers == [], "\(error.diagnostic.message)")
      return error
    }
    throw Diagnostic(.error, "the pull should have failed")
  }

  @Test("10,000 layers are refused before one of them is fetched")
  func layers() async throws {
    let error = try await refusal {
      Manifest(
        configuration: $0.configuration, layers: Array(repeating: $0.layer, count: 10_000))
    }
    #expect(error.diagnostic.message.contains("at most 128 can be stacked"))
  }

  @Test("layers and contents must be as many")
  func numbers() async throws {
    let more = try await refusal {
      Manifest(configuration: $0.configuration, layers: [$0.layer, $0.layer])
    }
    #expect(more.diagnostic.message.contains("2 layers"), "\(more)")
    let none = try await refusal { Manifest(configuration: $0.configuration, layers: []) }
    #expect(none.diagnostic.message.contains("0 layers"), "\(none)")
  }

  @Test("a layer with another content than the configuration says is refused")
  func content() async throws {
    let error = try await refusal { image in
      var configuration = ImageConfiguration(platform: .host)
      configuration.diffIDs = [Digest.sha256(of: Array("other".utf8))]
      let bytes = configuration.json.utf8()
      let blob = Descriptor(
        mediaType: MediaType.configuration, digest: .sha256(of: bytes), size: Int64(bytes.count))
      image.blobs[blob.digest] = bytes
      return Manifest(configuration: blob, layers: [image.layer])
    }
    #expect(error.diagnostic.message.contains("but the image names"), "\(error)")
  }

  @Test("what is no image, a configuration beyond measure, and a manifest beyond measure")
  func others() async throws {
    let chart = try await refusal {
      var layer = $0.layer
      layer.mediaType = "application/vnd.cncf.helm.chart"
      return Manifest(configuration: $0.configuration, layers: [layer])
    }
    #expect(chart.diagnostic.message.contains("is not an image that can run"), "\(chart)")
    let large = try await refusal {
      var configuration = $0.configuration
      configuration.size = 1 << 40
      return Manifest(configuration: configuration, layers: [$0.layer])
    }
    #expect(large.diagnostic.message.contains("no real image needs"), "\(large)")
    let padded = [UInt8](repeating: 0x20, count: 5 << 20)
    let manifest = try #require(image.manifests[image.top])
    let long = try await refusal(of: padded + manifest.bytes, in: image)
    #expect(long.diagnostic.message.contains("sent more than"), "\(long)")
  }

  @Test("a layer that is a tar of its own configuration, and one that is nothing")
  func nonsense() async throws {
    let own = try await refusal {
      var layer = $0.configuration
      layer.mediaType = MediaType.gzipLayer
      return Manifest(configuration: $0.configuration, layers: [layer])
    }
    #expect(own.kind != .cancelled && !own.diagnostic.message.isEmpty)
    let nothing = try await refusal { image in
      let layer = Descriptor(mediaType: MediaType.gzipLayer, digest: .sha256(of: []), size: 0)
      image.blobs[layer.digest] = []
      return Manifest(configuration: image.configuration, layers: [layer])
    }
    #expect(!nothing.diagnostic.message.isEmpty)
  }
}
