import Model
import State
import TestSupport
import Testing

@Suite("Paths of copies", .timeLimit(.standard))
struct CopyPlaceTests {
  @Test(
    "a path is cleaned, and how it ended is known",
    arguments: [
      ("/a", "/a", CopyPlace.Ending.name), ("a/b", "/a/b", .name), ("/a/", "/a", .slash),
      ("/a//", "/a", .slash), ("/a/.", "/a", .content), ("/a/./", "/a", .slash),
      ("/a/../b", "/b", .name), ("../../b", "/b", .name), ("/a/..", "/", .content),
      ("/", "/", .content), (".", "/", .content), ("", "/", .content), ("/a/b/..", "/a", .name),
      ("/...", "/...", .name), ("/a b/\u{e9}", "/a b/\u{e9}", .name),
    ])
  func paths(text: String, path: String, ending: CopyPlace.Ending) {
    let place = CopyPlace(text)
    #expect(place.path == path)
    #expect(place.ending == ending)
  }

  @Test("requests and answers come back as they were sent")
  func roundTrip() throws {
    var sending = FileSending(
      CopyPlace("/a/.", root: 5, userNamespace: 6, label: "web-1:"), to: 4)
    sending.followsLinks = true
    var receiving = FileReceiving(CopyPlace("/b/"), from: 4)
    receiving.isArchive = true
    receiving.keepsOwners = true
    receiving.onlyChecks = true
    receiving.removals = ["/x/y"]
    receiving.replacesKinds = true
    var nothing = sending
    nothing.members = []
    var single = sending
    single.members = [.init("/a b/c", as: "c")]
    for request in [
      ArchiveRequest.send(sending), .send(nothing), .send(single), .receive(receiving),
    ] {
      #expect(try ArchiveRequest(json: JSON.parse(request.json.utf8())) == request)
    }
    for answer in [
      ArchiveAnswer.transferred(size: 7, leftOut: "x"), .transferred(size: 0, leftOut: nil),
    ] {
      #expect(try ArchiveAnswer(json: JSON.parse(answer.json.utf8())) == answer)
    }
  }
}
