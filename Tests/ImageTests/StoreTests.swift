import Glibc
import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@testable import Image

@Suite("Image store", .timeLimit(.standard))
struct StoreTests {
  @Test("an imported tree is an image that is found by name, id and the id's beginning")
  func importAndFind() throws {
    let files = try TestStore()
    let image = try files.importFiles(["etc/motd": "hello"], as: "app:1")
    #expect(image.references.map(\.familiar) == ["app:1"])
    #expect(image.size == 5)
    for name in [
      "app:1", "docker.io/library/app:1", image.id.hex, image.id.short, "sha256:\(image.id.hex)",
    ] {
      #expect(try files.store.resolve(name).id == image.id, "\(name)")
    }
    let lower = try files.store.lowerDirectories(of: image)
    #expect(lower.count == 1)
    #expect(try Files.readText("\(lower[0])/etc/motd") == "hello")
    #expect(try files.store.list().map(\.id) == [image.id])
  }

  @Test("an unknown name says which one was meant")
  func unknown() throws {
    let files = try TestStore()
    try files.importFiles(["a": "1"], as: "postgres")
    let error = #expect(throws: Diagnostic.self) { try files.store.resolve("postgers") }
    #expect(error?.hint == "did you mean 'postgres'?")
    #expect(try files.store.find("nothing") == nil)
  }

  @Test("changes and the history of an import")
  func changes() throws {
    let files = try TestStore()
    _ = try files.write("tree/a", "1")
    let tar = try files.tar("\(files.path)/tree")
    let image = try files.store.importArchive(
      ImportRequest(
        source: .file(tar), reference: try Reference("x"),
        changes: ["CMD [\"a\", \"b\"]", "ENV K=v"], message: "by hand"))
    #expect(image.configuration.command == ["a", "b"])
    let rows = files.store.history(of: image)
    #expect(rows.count == 1)
    #expect(rows[0].comment == "by hand" && rows[0].id == image.id && rows[0].size == 1)
    #expect(files.store.inspect(image)["Config"]?["Env"]?.arrayValue == ["K=v"])
  }

  @Test(
    "compressed archives are imported from any kind of file",
    arguments: ["--gzip", "--zstd", "--bzip2", "--xz"])
  func compressed(option: String) throws {
    let files = try TestStore()
    try files.write("tree/a", "content")
    let tar = try files.tar("\(files.path)/tree", options: [option])
    let image = try files.store.importArchive(
      ImportRequest(source: .file(tar), reference: try Reference("x")))
    #expect(try files.store.lowerDirectories(of: image).count == 1)
    #expect(MediaType.isLayer(image.layers[0].blob.mediaType))
    // What is unpacked can be unpacked again from the blob.
    try Files.removeTree(files.store.layerPath(image.layers[0].chainID))
    let again = try files.store.lowerDirectories(of: image)
    #expect(try Files.readText("\(again[0])/a") == "content")
  }

  @Test("names are given, moved and taken away; the last one takes the image with it")
  func names() throws {
    let files = try TestStore()
    let store = files.store
    let one = try files.importFiles(["a": "1"], as: "app:1")
    try store.tag("app:1", as: "app:latest")
    #expect(try store.resolve("app").references.count == 2)
    #expect(throws: Diagnostic.self) { try store.remove(one.id.hex) { _ in [] } }
    #expect(try store.remove("app:1") { _ in [] } == [.untagged("app:1")])
    let two = try files.importFiles(["a": "2"], as: "app:latest")
    #expect(try store.resolve("app").id == two.id)
    #expect(try store.resolve(one.id.hex).references.isEmpty)
    #expect(try store.remove(one.id.hex) { _ in [] } == [.deleted(one.id)])
    #expect(try store.list().count == 1)
    #expect(!store.hasLayer(one.layers[0].chainID))
    #expect(!store.hasBlob(one.layers[0].blob))
    #expect(store.hasLayer(two.layers[0].chainID))
  }

  @Test("an image in use stays, and the message names the container")
  func inUse() throws {
    let files = try TestStore()
    try files.importFiles(["a": "1"], as: "app")
    let error = #expect(throws: Diagnostic.self) {
      try files.store.remove("app") { _ in ["web-1"] }
    }
    #expect(error?.message.contains("web-1") == true)
    #expect(
      try files.store.remove("app", force: true) { _ in ["web-1"] } == [.untagged("app:latest")])
    #expect(try files.store.list().count == 1)
  }

  @Test("pruning removes what has no name, or all that nobody uses")
  func prune() throws {
    let files = try TestStore()
    try files.importFiles(["a": "1"], as: "app")
    try files.importFiles(["a": "22"], as: "app")
    try files.importFiles(["a": "333"], as: "used")
    let first = try files.store.prune(all: false) { _ in false }
    #expect(first.removals.count == 1 && first.reclaimed > 0)
    let second = try files.store.prune(all: true) { image in
      image.references.contains { $0.familiar == "used:latest" }
    }
    #expect(second.removals.first == .untagged("app:latest"))
    #expect(try files.store.list().map(\.references.first?.familiar) == ["used:latest"])
  }

  @Test("what a killed process left behind is swept, what a living one holds is not")
  func sweep() throws {
    let files = try TestStore()
    try files.importFiles(["a": "1"], as: "app")
    let layers = files.store.layout.layers
    try Files.makeDirectories("\(layers)/.work-dead/layer-0/diff")
    let living = try WorkDirectory.create(in: layers)
    WorkDirectory.sweep(layers)
    #expect(!Files.exists("\(layers)/.work-dead"))
    #expect(Files.exists(living.path))
  }

  @Test("a working directory is made although others sweep at the same time")
  func sweptMeanwhile() throws {
    let files = try TemporaryDirectory()
    let isOver = Mutex(false)
    let sweepers = try (0..<2).map { _ in
      try WorkerThread {
        while !isOver.withLock({ $0 }) { WorkDirectory.sweep(files.path) }
      }
    }
    defer {
      isOver.withLock { $0 = true }
      for sweeper in sweepers { sweeper.join() }
    }
    for _ in 0..<1000 {
      let work = try WorkDirectory.create(in: files.path)
      try Files.write("\(work.path)/file", "x")
      #expect(Files.exists("\(work.path)/file"))
    }
  }

  @Test("a half-written blob is not taken for a whole one")
  func halfBlob() throws {
    let files = try TestStore()
    let image = try files.importFiles(["a": String(repeating: "x", count: 10_000)], as: "app")
    let blob = files.store.blobPath(image.layers[0].blob.digest)
    try Files.removeTree(files.store.layerPath(image.layers[0].chainID))
    let bytes = try Files.read(blob)
    try Files.write(blob, Array(bytes[..<3000]))
    #expect(throws: Diagnostic.self) { try files.store.lowerDirectories(of: image) }
    #expect(!files.store.hasLayer(image.layers[0].chainID))
    var changed = bytes
    // Within the file's content: the tar itself stays readable.
    changed[1100] ^= 1
    try Files.write(blob, changed)
    let error = #expect(throws: Diagnostic.self) { try files.store.lowerDirectories(of: image) }
    #expect(error?.message.contains("digest") == true)
    #expect(!files.store.hasLayer(image.layers[0].chainID))
  }

  @Test("a damaged configuration is noticed")
  func damagedConfiguration() throws {
    let files = try TestStore()
    let image = try files.importFiles(["a": "1"], as: "app")
    let digest = try #require(Digest(hex: image.id.hex))
    var bytes = try Files.read(files.store.blobPath(digest))
    bytes[10] ^= 1
    try Files.write(files.store.blobPath(digest), bytes)
    let error = #expect(throws: Diagnostic.self) { try files.store.resolve("app") }
    #expect(error?.message.contains("damaged") == true)
    var told: [String] = []
    try files.importFiles(["b": "2"], as: "other")
    #expect(try files.store.list(damaged: { told.append($0.message) }).count == 1)
    let pruned = try files.store.prune(all: true, damaged: { told.append($0.message) }) { _ in
      false
    }
    #expect(pruned.removals.first == .untagged("other:latest") && pruned.reclaimed == 0)
    #expect(told.count == 2 && told.allSatisfy { $0.contains("app:latest cannot be read") })
    #expect(try files.store.remove("app") { _ in [] } == [.untagged("app:latest")])
    #expect(try files.store.find("app") == nil)
    #expect(try files.store.prune(all: true) { _ in false }.reclaimed > 0)
  }
}
