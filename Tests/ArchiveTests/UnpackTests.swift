import Glibc
import Linux
import TestSupport
import State
import Testing

@testable import Archive

@Suite("Unpacking", .timeLimit(.standard))
struct UnpackTests {
  /// Unpacks an archive and returns the directory.
  @discardableResult
  private func unpack(
    _ tar: TarBuilder, style: LayerUnpacker.Style = .layer, into scratch: TemporaryDirectory
  ) throws -> String {
    let file = try Files.open(scratch.write("blob", tar.archive), O_RDONLY)
    let directory = try scratch.directory("root")
    _ = try LayerUnpacker.unpack(.init(descriptor: file.raw, style: style), into: directory)
    return directory
  }

  @Test("files, directories and links come out with mode and time")
  func plain() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("dir/", type: "5", mode: 0o750)
    tar.add("dir/file", content: Array("hello".utf8), mode: 0o640)
    tar.add("dir/hard", type: "1", link: "dir/file")
    tar.add("soft", type: "2", link: "dir/file")
    let root = try unpack(tar, into: scratch)
    #expect(try Files.readText("\(root)/soft") == "hello")
    let file = try Files.status("\(root)/dir/file")
    #expect(file.mode == 0o640)
    #expect(file.modifiedNanoseconds == 1_600_000_000 * 1_000_000_000)
    #expect(try Files.status("\(root)/dir/hard").inode == file.inode)
    let directory = try Files.status("\(root)/dir")
    #expect(directory.mode == 0o750)
    #expect(directory.modifiedNanoseconds == 1_600_000_000 * 1_000_000_000)
  }

  @Test(
    "set-user-id, owners, devices and capabilities come out", .needsRoot)
  func special() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.addRecords([("SCHILY.xattr.user.note", "x")])
    tar.add("su", content: [1], mode: 0o4755, user: 7, group: 8)
    tar.add("null", type: "3", mode: 0o666, major: 1, minor: 3)
    tar.add("pipe", type: "6", mode: 0o600)
    let root = try unpack(tar, into: scratch)
    let program = try Files.status("\(root)/su")
    #expect(program.mode == 0o4755)
    #expect(program.user == 7 && program.group == 8)
    let device = try Files.status("\(root)/null")
    #expect(device.kind == .characterDevice && device.major == 1 && device.minor == 3)
    #expect(device.mode == 0o666)
    #expect(try Files.status("\(root)/pipe").kind == .pipe)
    let file = try Files.open("\(root)/su", O_RDONLY)
    let attributes = try TreeListing.attributes(file.raw, path: "su")
    #expect(attributes.map(\.name) == ["user.note"])
  }

  @Test(
    "members that lead out of the root are refused",
    arguments: ["../evil", "a/../../evil", "./../evil"])
  func dotDot(name: String) throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add(name, content: [1])
    #expect(throws: ArchiveError.self) { try unpack(tar, into: scratch) }
    #expect(!Files.exists("\(scratch.path)/evil"))
  }

  @Test("a hard link out of the root is refused")
  func hardLinkOut() throws {
    let scratch = try TemporaryDirectory()
    try scratch.write("secret", [1])
    var tar = TarBuilder()
    tar.add("x", type: "1", link: "../secret")
    #expect(throws: ArchiveError.self) { try unpack(tar, into: scratch) }
  }

  @Test("absolute names count from the root")
  func absolute() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("/etc/made-by-a-test", content: [1])
    let root = try unpack(tar, into: scratch)
    #expect(Files.exists("\(root)/etc/made-by-a-test"))
    #expect(!Files.exists("/etc/made-by-a-test"))
  }

  @Test("nothing is written through a link out of the root")
  func throughLinks() throws {
    let scratch = try TemporaryDirectory()
    let outside = try scratch.directory("outside")
    var tar = TarBuilder()
    tar.add("up", type: "2", link: "../outside")
    tar.add("up/a", content: [1])
    tar.add("abs", type: "2", link: outside)
    tar.add("abs/b", content: [1])
    tar.add("file", type: "2", link: "../outside/c")
    tar.add("file", content: [1])
    // The first two lead to directories that are not in the root: they cannot be made there.
    #expect(throws: ArchiveError.self) { try unpack(tar, into: scratch) }
    #expect(try Files.list(outside).isEmpty)

    var second = TarBuilder()
    second.add("file", type: "2", link: "../outside/c")
    second.add("file", content: [7])
    second.add("hard", type: "2", link: "/outside/d")
    second.add("hard2", type: "1", link: "hard")
    let root = try unpack(second, into: scratch)
    #expect(try Files.list(outside).isEmpty)
    #expect(try Files.read("\(root)/file") == [7])
  }

  @Test("a link within the root is followed, as in a container")
  func inside() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("usr/lib/", type: "5", mode: 0o755)
    tar.add("lib", type: "2", link: "/usr/lib")
    tar.add("lib/x", content: [1])
    let root = try unpack(tar, into: scratch)
    #expect(Files.exists("\(root)/usr/lib/x"))
  }

  @Test("a later member replaces an earlier one of another kind")
  func duplicates() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("a", content: [1])
    tar.add("a/", type: "5", mode: 0o755)
    tar.add("a/b", content: [2])
    tar.add("c/", type: "5", mode: 0o755)
    tar.add("c/d", content: [3])
    tar.add("c", content: [4])
    tar.add("e", content: [5, 5, 5])
    tar.add("e", content: [6])
    let root = try unpack(tar, into: scratch)
    #expect(try Files.read("\(root)/a/b") == [2])
    #expect(try Files.read("\(root)/c") == [4])
    #expect(try Files.read("\(root)/e") == [6])
  }

  @Test("whiteouts hide lower layers in any order", .needsRoot)
  func whiteouts() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("gone/.wh.x", content: [])
    tar.add("dir/", type: "5", mode: 0o755)
    tar.add("dir/.wh..wh..opq", content: [])
    tar.add("late/kept", content: [1])
    tar.add(".wh.late", content: [])
    tar.add(".wh.early", content: [])
    tar.add("early/new", content: [1])
    tar.add(".wh..wh.plnk", content: [])
    let root = try unpack(tar, into: scratch)
    #expect(Overlay.isWhiteout(try Files.status("\(root)/gone/x", followLinks: false)))
    for name in ["dir", "late", "early"] {
      let directory = try Files.open("\(root)/\(name)", O_RDONLY | O_DIRECTORY)
      #expect(Overlay.isOpaque(directory.raw), "\(name)")
    }
    #expect(Files.exists("\(root)/late/kept") && Files.exists("\(root)/early/new"))
    #expect(!Files.exists("\(root)/.wh..wh.plnk"))
  }

  @Test("attributes that steer overlayfs are not taken", .needsRoot)
  func overlayAttributes() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.addRecords([("SCHILY.xattr.trusted.overlay.redirect", "/etc")])
    tar.add("d/", type: "5", mode: 0o755)
    let root = try unpack(tar, into: scratch)
    let directory = try Files.open("\(root)/d", O_RDONLY | O_DIRECTORY)
    #expect(!(try TreeListing.rawNames(directory.raw).contains("trusted.overlay.redirect")))
  }

  @Test("damaged archives are refused")
  func damaged() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("a", content: [UInt8](repeating: 1, count: 4096), declaredSize: 1 << 30)
    #expect(throws: ArchiveError.self) { try unpack(tar, into: scratch) }
    let file = try Files.open(
      scratch.write("noise", [UInt8](repeating: 0x55, count: 9000)), O_RDONLY)
    #expect(throws: ArchiveError.self) {
      try LayerUnpacker.unpack(.init(descriptor: file.raw, style: .layer), into: scratch.path)
    }
  }

  @Test("a blob shorter than its manifest says is refused")
  func short() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("a", content: [1])
    let file = try Files.open(scratch.write("blob", tar.archive), O_RDONLY)
    var request = LayerUnpacker.Request(descriptor: file.raw, style: .layer)
    request.length = Int64(tar.archive.count) + 1
    let directory = try scratch.directory("root")
    #expect(throws: ArchiveError.self) { try LayerUnpacker.unpack(request, into: directory) }
  }

  @Test("a compressed run of zeros ends at the limit")
  func bomb() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("zeros", content: [UInt8](repeating: 0, count: 8 << 20))
    let path = try scratch.write("blob", tar.archive)
    let gzip = try Spawn.capture(SpawnRequest("/bin/gzip", ["-k", path]))
    #expect(gzip.status.code == 0)
    let file = try Files.open("\(path).gz", O_RDONLY)
    var request = LayerUnpacker.Request(descriptor: file.raw, style: .layer)
    request.limit = 1 << 20
    let directory = try scratch.directory("root")
    let error = #expect(throws: ArchiveError.self) {
      try LayerUnpacker.unpack(request, into: directory)
    }
    guard case .tooLarge(let limit) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(limit == 1 << 20)
  }

  @Test("the digests of a compressed blob are of both its forms")
  func digests() throws {
    let scratch = try TemporaryDirectory()
    var tar = TarBuilder()
    tar.add("a", content: Array("hello".utf8))
    let plain = try scratch.write("blob", tar.archive)
    #expect(try Spawn.capture(SpawnRequest("/bin/gzip", ["-kn", plain])).status.code == 0)
    var results: [ArchiveAnswer.Unpacked] = []
    for path in [plain, "\(plain).gz"] {
      let file = try Files.open(path, O_RDONLY)
      let copy = try Files.open("\(path).copy", O_WRONLY | O_CREAT)
      var request = LayerUnpacker.Request(descriptor: file.raw, style: .layer)
      request.copy = copy.raw
      let directory = try scratch.directory("root-\(results.count)")
      results.append(try LayerUnpacker.unpack(request, into: directory))
      #expect(try Files.read("\(path).copy") == Files.read(path))
    }
    #expect(results[0].compression == "none" && results[1].compression == "gzip")
    #expect(results[0].blobDigest == results[0].diffID)
    #expect(results[1].diffID == results[0].diffID)
    #expect(results[1].blobDigest != results[1].diffID)
    #expect(results[0].contentSize == 5)
  }
}
