import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Image

@Suite("Load and save", .timeLimit(.standard))
struct TransportTests {
  private func save(
    _ names: [String], from store: ImageStore, to path: String,
    _ format: ImageStore.ArchiveFormat = .docker
  ) throws {
    let file = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    try store.save(names, to: file.raw, format: format)
  }

  @Test(
    "saved images load elsewhere with ids and names", arguments: ImageStore.ArchiveFormat.allCases)
  func roundTrip(format: ImageStore.ArchiveFormat) throws {
    let files = try TestStore()
    let one = try files.importFiles(["a": "1"], as: "app:1")
    let two = try files.importFiles(["b": "2"], as: "other")
    try files.store.tag("app:1", as: "registry.example:5000/app:2")
    let path = "\(files.path)/saved.tar"
    try save([one.id.hex, "other"], from: files.store, to: path, format)

    let target = try TestStore()
    let loaded = try target.store.load(.file(path))
    #expect(Set(loaded.map(\.id)) == [one.id, two.id])
    let image = try target.store.resolve("registry.example:5000/app:2")
    #expect(image.id == one.id && image.references.count == 2)
    #expect(image.manifestDigest == one.manifestDigest)
    #expect(try Files.readText("\(target.store.lowerDirectories(of: image)[0])/a") == "1")
    // A second time changes nothing.
    #expect(try target.store.load(.file(path)) == loaded)
    #expect(try target.store.list().count == 2)
  }

  @Test("a pipe and a compressed archive load as well")
  func stream() throws {
    let files = try TestStore()
    let image = try files.importFiles(["a": "1"], as: "app")
    let path = "\(files.path)/saved.tar"
    try save(["app"], from: files.store, to: path)
    try files.run("gzip", ["-k", path])
    let target = try TestStore()
    let pipe = try Descriptors.pipe()
    let writer = try Spawn.start(
      SpawnRequest("/bin/cat", ["\(path).gz"], descriptors: [(pipe.write.raw, 1)]))
    pipe.write.close()
    #expect(try target.store.load(.descriptor(pipe.read.raw)).map(\.id) == [image.id])
    #expect(try writer.reap().code == 0)
  }

  @Test("skopeo reads the store and both archives, and its archives load here", .needs("skopeo"))
  func skopeo() throws {
    let files = try TestStore()
    let image = try files.importFiles(["a": "1"], as: "app:1")
    let store = files.store
    let name = "docker.io/library/app:1"
    let inspected = try JSON.parse(
      try files.run("skopeo", ["inspect", "oci:\(store.layout.images):\(name)"]))
    #expect(inspected["Layers"]?.arrayValue?.count == 1)

    for format in ImageStore.ArchiveFormat.allCases {
      let saved = "\(files.path)/\(format.rawValue).tar"
      try save(["app:1"], from: store, to: saved, format)
      for target in ["docker-archive", "oci-archive"] {
        let copy = "\(files.path)/\(format.rawValue)-to-\(target).tar"
        try files.run(
          "skopeo",
          [
            "copy", "--insecure-policy", "\(format.rawValue):\(saved):\(name)",
            "\(target):\(copy):\(name)",
          ])
        let other = try TestStore()
        let loaded = try other.store.load(.file(copy))
        #expect(loaded.map(\.references) == [image.references])
        let lower = try other.store.lowerDirectories(of: try other.store.resolve("app:1"))
        #expect(try Files.readText("\(lower[0])/a") == "1")
      }
    }
  }

  @Test("an archive that lies about its layers leaves nothing behind")
  func lies() throws {
    let files = try TestStore()
    let image = try files.importFiles(["a": "1"], as: "app")
    let path = "\(files.path)/saved.tar"
    try save(["app"], from: files.store, to: path)
    var bytes = try Files.read(path)
    let marker = Array("ustar".utf8)
    // One byte of the layer's own content.
    let content = try Files.read(files.store.blobPath(image.layers[0].blob.digest))
    let start = try #require((0..<bytes.count).first { bytes[$0...].starts(with: content) })
    let inner = try #require(
      (start..<bytes.count).first { bytes[$0...].starts(with: marker) })
    bytes[inner - 257] ^= 1
    let other = try TestStore()
    try Files.write(path, bytes)
    #expect(throws: Diagnostic.self) { try other.store.load(.file(path)) }
    #expect(try other.store.list().isEmpty)
    #expect(try Files.list(other.store.blobs).isEmpty)
    #expect(try Files.list(other.store.layout.layers).filter { !$0.hasPrefix(".") }.isEmpty)
  }

  @Test("a tar without an image says how to take it in")
  func noImage() throws {
    let files = try TestStore()
    try files.write("tree/a", "1")
    let error = #expect(throws: Diagnostic.self) {
      try files.store.load(.file(try files.tar("\(files.path)/tree")))
    }
    #expect(error?.hint?.contains("import") == true)
  }

  @Test("two processes that load the same image end with one")
  func concurrent() throws {
    let files = try TestStore()
    try files.importFiles(["a": "1"], as: "app")
    let path = "\(files.path)/saved.tar"
    try save(["app"], from: files.store, to: path)
    let target = try TestStore()
    let store = target.store
    let threads = (0..<4).map { _ in
      TestThread { _ = try? store.load(.file(path)) }
    }
    for thread in threads { thread.join() }
    #expect(try store.list().count == 1)
    #expect(try store.lowerDirectories(of: try store.resolve("app")).count == 1)
    #expect(try Files.list(store.layout.layers).filter { $0.hasPrefix(".work") }.isEmpty)
  }
}

/// A thread that runs one closure.
private final class TestThread {
  private var thread = pthread_t()

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  init(_ run: @escaping @Sendable () -> Void) {
    pthread_create(
      &thread, nil,
      { argument in
        argument.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }
        return nil
      }, Unmanaged.passRetained(Body(run)).toOpaque())
  }

  func join() { pthread_join(thread, nil) }
}
