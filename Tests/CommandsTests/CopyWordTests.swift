import TestSupport
import Testing

@testable import Commands

@Suite("Words of cp", .timeLimit(.standard))
struct CopyWordTests {
  @Test(
    "the first colon parts a container from its path, but not in a path of the machine",
    arguments: [
      ("-", CopyWord.stream), ("web:/a", .container("web", path: "/a")),
      ("web:a", .container("web", path: "a")), ("web:", .container("web", path: "")),
      ("web:/a:b", .container("web", path: "/a:b")), (":/a", .container("", path: "/a")),
      ("./a:b", .machine("./a:b")), ("/a:b", .machine("/a:b")), ("../a:b", .machine("../a:b")),
      (".a:b", .machine(".a:b")), ("a", .machine("a")), ("", .machine("")),
      ("d/a:b", .container("d/a", path: "b")),
    ])
  func words(text: String, word: CopyWord) {
    #expect(CopyWord(text) == word)
  }
}
