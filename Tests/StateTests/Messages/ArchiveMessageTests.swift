import Model
import TestSupport
import Testing

@testable import State

@Suite("What is said to roost-archive", .timeLimit(.standard))
struct ArchiveMessageTests {
  private static let layers = ArchiveTree.layers(
    ["/l/2", "/l/1"], mount: "/m", upper: "/u", work: "/w")

  private static var unpacking: ArchiveRequest {
    var unpacking = ArchiveRequest.Unpacking(.path("/blob"), into: "/d")
    unpacking.offset = 512
    unpacking.length = 1024
    unpacking.copy = "/copy"
    unpacking.limit = 9
    unpacking.isLayer = true
    unpacking.checksEnd = true
    return .unpack(unpacking)
  }

  private static var packing: ArchiveRequest {
    var packing = ArchiveRequest.Packing(.layers(["/a"], mount: "/m"), to: .descriptor(4))
    packing.latestTime = 7
    packing.without = ["etc/hosts"]
    return .pack(packing)
  }

  private static var copy: ArchiveRequest {
    var copy = ArchiveCopy(into: layers)
    copy.source = .directory("/context")
    copy.users = .layers(["/l/1"], mount: "/m2")
    copy.owner = "web:1"
    copy.mode = "u=rwX"
    copy.keepsOwners = true
    copy.latestTime = 0
    copy.limit = 5
    copy.pack = "/pack.tar"
    copy.items = [
      ArchiveCopy.Item(.directory, to: "/srv"),
      ArchiveCopy.Item(.text("a\nb", name: "EOF"), to: "/t", into: true),
      ArchiveCopy.Item(.file(from: "x"), to: "/y"),
      ArchiveCopy.Item(.archive(from: "x.tar"), to: "/", into: true, of: .directory("/f")),
      ArchiveCopy.Item(.tree(from: ".", entries: ["a", "a/b"]), to: "/z"),
    ]
    return .copy(copy)
  }

  @Test(
    "a request reads back as it was written",
    arguments: [
      unpacking, packing, copy,
      .unpack(ArchiveRequest.Unpacking(.descriptor(4), into: "/d")),
      .pack(ArchiveRequest.Packing(.directory("/d"), to: .path("/t"))),
      .list(layers, paths: ["a", "."], digests: true),
      .decompress(.path("/a"), to: .path("/b"), limit: 3),
      .decompress(.descriptor(4), to: .path("/b")), .compress(.descriptor(4), to: .path("/b")),
    ])
  func requests(request: ArchiveRequest) throws {
    #expect(try ArchiveRequest(json: JSON.parse(request.json.utf8())) == request)
  }

  @Test(
    "an answer reads back as it was written",
    arguments: [
      ArchiveAnswer.unpacked(
        ArchiveAnswer.Unpacked(
          compression: "gzip", blobDigest: "sha256:1", blobSize: 1, diffID: "sha256:2",
          archiveSize: 2, contentSize: 3)),
      .packed(ArchiveAnswer.Packed(digest: "sha256:3", size: 4, contentSize: 5, members: 0)),
      .copied(archives: 0), .copied(archives: 2), .listed([]),
      .listed([
        ArchiveEntry(path: "", kind: .directory, mode: 0o755, user: 0, group: 0),
        ArchiveEntry(path: "a", kind: .file, mode: 0o4711, user: 1, group: 2, digest: "sha256:4"),
        ArchiveEntry(path: "b", kind: .link, mode: 0o777, user: 1, group: 2, digest: "a"),
      ]),
      .decompressed(size: 6), .compressed(digest: "sha256:5", size: 7),
      .failed(ArchiveFailure(.unreadable, "u")), .failed(ArchiveFailure(.refused, "r")),
      .failed(ArchiveFailure(.tooLarge, "t")), .failed(ArchiveFailure(.request(hint: "h"), "q")),
      .failed(ArchiveFailure(.system(call: "open", errno: 13, path: "/p"), "s")),
      .failed(ArchiveFailure(.system(call: "open", errno: 13, path: nil), "s")),
    ])
  func answers(answer: ArchiveAnswer) throws {
    #expect(try ArchiveAnswer(json: JSON.parse(answer.json.utf8())) == answer)
  }

  @Test("a request of before there were versions is understood")
  func unversioned() throws {
    let unpack = """
      {"verb":"unpack","source":"/blob","offset":512,"length":1024,"directory":"/d",
      "copy":"/copy","limit":9,"style":"layer","checksEnd":true}
      """
    #expect(try ArchiveRequest(json: JSON.parse(unpack.utf8)) == Self.unpacking)
    let bare = """
      {"verb":"unpack","source":4,"directory":"/d","copy":null,"limit":null}
      """
    #expect(
      try ArchiveRequest(json: JSON.parse(bare.utf8))
        == .unpack(ArchiveRequest.Unpacking(.descriptor(4), into: "/d")))
    let pack = """
      {"verb":"pack","lower":["/a"],"mount":"/m","target":4,"latestTime":7,
      "without":["etc/hosts"]}
      """
    #expect(try ArchiveRequest(json: JSON.parse(pack.utf8)) == Self.packing)
    let copy = """
      {"verb":"copy","pack":"/pack.tar","target":{"lower":["/l/2","/l/1"],"upper":"/u","work":"/w",
      "mount":"/m"},"latestTime":0,"source":{"directory":"/context"},"keepsOwners":true,
      "users":{"lower":["/l/1"],"mount":"/m2"},"owner":"web:1","mode":"u=rwX","items":[
      {"kind":"directory","to":"/srv"},
      {"kind":"text","to":"/t","into":true,"name":"EOF","content":"a\\nb"},
      {"kind":"file","from":"x","to":"/y","into":false},
      {"kind":"archive","from":"x.tar","to":"/","into":true,"source":{"directory":"/f"}},
      {"kind":"tree","from":".","to":"/z","entries":["a","a/b"]}],"limit":5}
      """
    #expect(try ArchiveRequest(json: JSON.parse(copy.utf8)) == Self.copy)
  }

  @Test("a newer request is refused, and so is an answer of any other version")
  func otherVersions() throws {
    let error = #expect(throws: MessageError.self) {
      try ArchiveRequest(json: ["version": 3, "verb": "list"])
    }
    #expect(try #require(error).message.contains("version 3"))
    for text in [#"{"size":4}"#, #"{"version":9,"answer":"decompressed","size":4}"#] {
      let error = #expect(throws: MessageError.self) {
        try ArchiveAnswer(json: JSON.parse(text.utf8))
      }
      #expect(try #require(error).message.contains("roost-archive speaks version"))
    }
  }

  @Test("what has another form is refused by the member's name")
  func malformed() throws {
    for json: JSON in [
      .null, ["verb": "juggle"], ["verb": "unpack", "source": 4],
      ["verb": "copy", "target": ["directory": "/d"], "items": [["kind": "hole", "to": "/"]]],
    ] {
      #expect(throws: MessageError.self) { try ArchiveRequest(json: json) }
    }
  }
}
