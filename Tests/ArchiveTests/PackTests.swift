import Glibc
import Linux
import TestSupport
import State
import Testing

@testable import Archive

@Suite("Packing", .timeLimit(.standard))
struct PackTests {
  private func pack(_ directory: String, into path: String, latest: Int64? = nil) throws
    -> ArchiveAnswer.Packed
  {
    let target = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    return try LayerPacker(directory: directory, target: target.raw, latest: latest).pack()
  }

  @Test("a tree comes back as it was", .needsRoot)
  func roundTrip() throws {
    let scratch = try TemporaryDirectory()
    let tree = try scratch.directory("tree")
    try scratch.write("tree/dir/file", Array("hello".utf8))
    try scratch.write("tree/dir/n\u{e4}me with blanks", [1])
    try Files.hardLink("\(tree)/second", to: "\(tree)/dir/file")
    try Files.link("\(tree)/link", to: "dir/file")
    try Files.setMode("\(tree)/dir/file", 0o4711)
    try Files.setOwner("\(tree)/dir", user: 12, group: 34)
    let result = try pack(tree, into: "\(scratch.path)/layer")
    #expect(result.contentSize == 6)
    #expect(result.members == 5)

    let back = try scratch.directory("back")
    let file = try Files.open("\(scratch.path)/layer", O_RDONLY)
    let unpacked = try LayerUnpacker.unpack(
      .init(descriptor: file.raw, style: .layer), into: back)
    #expect(unpacked.diffID == result.digest)
    #expect(try Files.readText("\(back)/link") == "hello")
    #expect(try Files.status("\(back)/dir/file").mode == 0o4711)
    #expect(try Files.status("\(back)/second").links == 2)
    #expect(try Files.status("\(back)/dir").user == 12)
    #expect(Files.exists("\(back)/dir/n\u{e4}me with blanks"))
  }

  @Test("a tree deeper than any path is an error in place of the end of the stack")
  func deep() throws {
    let scratch = try TemporaryDirectory()
    let tree = try scratch.directory("tree")
    var inner = try Files.open(tree, O_RDONLY | O_DIRECTORY)
    for _ in 0..<6_000 {
      try Syscall.check(mkdirat(inner.raw, "d", 0o755), "mkdir")
      inner = try Files.open("d", O_RDONLY | O_DIRECTORY, at: inner.raw)
    }
    let error = #expect(throws: ArchiveError.self) {
      try pack(tree, into: "\(scratch.path)/layer")
    }
    #expect(error.map { "\($0)".contains("d/d/d") } == true)
    try Files.removeTree(tree)
    #expect(!Files.exists(tree))
  }

  @Test("equal trees give equal bytes, whatever their times, when a latest time is given")
  func reproducible() throws {
    let scratch = try TemporaryDirectory()
    var digests: Set<String> = []
    for name in ["one", "two"] {
      let tree = try scratch.directory(name)
      for file in name == "one" ? ["a", "b"] : ["b", "a"] {
        try scratch.write("\(name)/\(file)", Array(file.utf8))
      }
      digests.insert(try pack(tree, into: "\(scratch.path)/\(name).tar", latest: 1000).digest)
    }
    #expect(digests.count == 1)
  }

  @Test("what an upper directory hides becomes markers", .needsRoot)
  func whiteouts() throws {
    let scratch = try TemporaryDirectory()
    let upper = try scratch.directory("upper")
    try scratch.write("upper/dir/file", [1])
    #expect(Overlay.makeWhiteout(AT_FDCWD, "\(upper)/gone") == 0)
    let directory = try Files.open("\(upper)/dir", O_RDONLY | O_DIRECTORY)
    try Overlay.makeOpaque(directory.raw, path: "dir")
    _ = try pack(upper, into: "\(scratch.path)/layer")
    let list = try Spawn.capture(
      SpawnRequest("/bin/tar", ["tf", "\(scratch.path)/layer"])
    ).outputText
    #expect(list == "dir/\ndir/.wh..wh..opq\ndir/file\n.wh.gone\n")
  }

  @Test("an empty directory gives an archive without members")
  func empty() throws {
    let scratch = try TemporaryDirectory()
    let result = try pack(try scratch.directory("empty"), into: "\(scratch.path)/layer")
    #expect(result.members == 0)
  }
}

@Suite("Mode changes", .timeLimit(.standard))
struct ModeChangeTests {
  @Test(
    "octal and symbolic modes change permissions",
    arguments: [
      ("755", 0o644, false, 0o755), ("0600", 0o777, true, 0o600),
      ("u=rw,go=r", 0o777, false, 0o644),
      ("a+x", 0o644, false, 0o755), ("go-rwx", 0o777, false, 0o700),
      ("u=rwX,go=rX", 0o600, true, 0o755),
      ("u=rwX,go=rX", 0o600, false, 0o644), ("+t", 0o755, true, 0o1755),
      ("u+s", 0o755, false, 0o4755),
    ] as [(String, mode_t, Bool, mode_t)])
  func applies(text: String, mode: mode_t, isDirectory: Bool, expected: mode_t) {
    #expect(ModeChange(text)?.apply(to: mode, isDirectory: isDirectory) == expected)
  }

  @Test("anything else is refused", arguments: ["", "9", "77777", "u", "x+r", "u+q", "u=r,"])
  func refuses(text: String) {
    #expect(ModeChange(text) == nil)
  }
}

@Suite("Paths of members", .timeLimit(.standard))
struct MemberPathTests {
  @Test(
    "a path is cleaned",
    arguments: [
      ("./a/b/", "a/b"), ("/a//b", "a/b"), ("a/../b", "b"), ("", "/"), ("./", "/"), ("/", "/"),
      ("a/b/../..", "/"),
    ])
  func cleans(text: String, expected: String) {
    #expect(MemberPath(text.utf8)?.text == expected)
  }

  @Test("a path that leads out is none", arguments: ["..", "../a", "a/../../b", "/.."])
  func refuses(text: String) {
    #expect(MemberPath(text.utf8) == nil)
  }
}
