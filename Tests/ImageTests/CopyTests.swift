import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Image

/// What COPY and ADD take, and what they make.
@Suite("COPY and ADD", .timeLimit(.standard), .needsRoot)
struct CopyTests {
  // MARK: - Patterns

  @Test(
    "a pattern may match nothing",
    arguments: [
      "COPY package.json yarn.lock* .npmrc* ./", "COPY package.json lock? ./",
      "COPY package.json [x]y ./", "COPY package.json none/* ./", "COPY package.json */*.lock ./",
      "ADD package.json yarn.lock* ./", "COPY --parents package.json **/none ./",
      "COPY [\"package.json\", \"no thing*\", \"./\"]",
    ])
  func emptyPattern(instruction: String) throws {
    let box = try BuildBox()
    try box.write("package.json", "{}")
    let image = try box.build("FROM scratch\nWORKDIR /w\n\(instruction)")
    #expect(try box.read("w/package.json", in: image) == "{}")
  }

  @Test("patterns that all match nothing copy nothing and make no directory")
  func allEmpty() throws {
    let box = try BuildBox()
    let image = try box.build(
      "FROM busybox AS base\nFROM base\nCOPY no* /new/\nADD a? b[c] /new/\n"
        + "COPY --from=base /none/* /new/\nCOPY --link none* /new/")
    #expect(image.layers.count == 1)
    #expect(image.configuration.history.filter(\.isEmptyLayer).count == 4)
  }

  @Test("of another stage or image a pattern may match nothing too")
  func emptyPatternOfStage() throws {
    let box = try BuildBox()
    let image = try box.build(
      """
      FROM busybox AS one
      RUN mkdir /out && echo x > /out/x
      FROM scratch
      COPY --from=one /out/x /out/*.map /none/* /e/
      COPY --from=busybox /etc/passwd /etc/nosuch* /f/
      """)
    #expect(try box.read("e/x", in: image) == "x\n")
    #expect(try box.read("f/passwd", in: image) != nil)
  }

  @Test(
    "a name without a wildcard has to be there",
    arguments: [
      "COPY there* yarn.lock /x/", "COPY yarn.lock /x",
      "COPY --from=base /etc/nosuch /etc/pass* /x/", "ADD there yarn.lock /x/",
      "COPY --parents none/x /x/",
    ])
  func missingName(instruction: String) throws {
    let box = try BuildBox()
    try box.write("there", "1")
    let error = try #require(throws: Diagnostic.self) {
      try box.build("FROM busybox AS base\nFROM base\n\(instruction)")
    }
    #expect(error.message.contains("is not in"), "\(error)")
    #expect(error.location?.line == 3)
  }

  @Test("what .dockerignore leaves out of a pattern is no error, several sources need a directory")
  func ignoredPattern() throws {
    let box = try BuildBox()
    try box.write("a.log", "1")
    try box.write("b", "1")
    try box.write(".dockerignore", "*.log")
    let image = try box.build("FROM scratch\nCOPY b *.log /x/")
    #expect(try box.topLayer(of: image) == ["x", "x/b"])
    let error = #expect(throws: Diagnostic.self) { try box.build("FROM scratch\nCOPY b *.log /x") }
    #expect(error?.message == "several sources need a directory as destination")
  }

  // MARK: - Directories

  private struct Owned: Equatable, CustomStringConvertible {
    var mode: mode_t
    var user: uid_t
    var group: gid_t

    var description: String { "\(String(mode, radix: 8)) \(user):\(group)" }
  }

  private func owned(_ path: String, _ image: ImageRecord, _ box: BuildBox) throws -> Owned {
    let status = try #require(try box.status(path, in: image), "\(path)")
    return Owned(mode: status.mode, user: status.user, group: status.group)
  }

  @Test("directories that COPY makes are 0755 and root's, those in what it copies as they are")
  func directories() throws {
    let box = try BuildBox()
    try box.write("d/inner/f", "1")
    for name in ["d", "d/inner"] {
      let path = "\(box.files.path)/context/\(name)"
      try Files.setMode(path, 0o700)
      try Files.setOwner(path, user: 1000, group: 1000)
    }
    let image = try box.build(
      """
      FROM busybox AS s
      COPY --chown=1000 d /s
      RUN chmod 700 /s
      FROM busybox
      COPY d /d
      COPY d /new/deep/d/
      COPY --link d /linked
      COPY --from=s /s /s
      COPY --from=s /s/ /n/s
      COPY --chown=7:8 d /owned/d
      COPY --chmod=750 d /octal/d
      COPY --chmod=g-w d /letters/d
      COPY d* /pattern
      ADD d /added
      RUN mkdir -m 711 /there && chown 5 /there
      COPY d /there
      COPY --parents d /p/
      """)
    let root = Owned(mode: 0o755, user: 0, group: 0)
    for path in [
      "d", "new", "new/deep", "new/deep/d", "linked", "s", "n", "n/s", "letters", "letters/d",
      "pattern", "added", "p",
    ] {
      #expect(try owned(path, image, box) == root, "\(path)")
    }
    #expect(try owned("d/inner", image, box) == Owned(mode: 0o700, user: 0, group: 0))
    #expect(try owned("s/inner", image, box) == Owned(mode: 0o700, user: 1000, group: 1000))
    #expect(try owned("owned", image, box) == Owned(mode: 0o755, user: 7, group: 8))
    #expect(try owned("owned/d", image, box) == Owned(mode: 0o755, user: 7, group: 8))
    #expect(try owned("owned/d/inner", image, box) == Owned(mode: 0o700, user: 7, group: 8))
    #expect(try owned("octal", image, box) == Owned(mode: 0o750, user: 0, group: 0))
    #expect(try owned("octal/d", image, box) == Owned(mode: 0o750, user: 0, group: 0))
    #expect(try owned("there", image, box) == Owned(mode: 0o711, user: 5, group: 0))
    #expect(try owned("p/d", image, box) == Owned(mode: 0o700, user: 0, group: 0))
  }

  // MARK: - Hard links

  @Test("names of one file stay names of one file within a copied directory")
  func hardLinks() throws {
    let box = try BuildBox()
    let context = "\(box.files.path)/context"
    try box.write("d/one", "1")
    try Files.makeDirectories("\(context)/d/sub")
    try Files.hardLink("\(context)/d/two", to: "\(context)/d/one")
    try Files.hardLink("\(context)/d/sub/three", to: "\(context)/d/one")
    try Files.hardLink("\(context)/outside", to: "\(context)/d/one")
    let image = try box.build(
      """
      FROM busybox AS s
      RUN mkdir /s && echo 1 > /s/a && ln /s/a /s/b
      RUN echo later > /s/c && ln /s/c /s/d
      FROM scratch
      COPY d /d
      COPY --from=s /s /s
      COPY --link --chown=3 --chmod=600 d /l
      COPY outside d/one /apart/
      COPY --exclude=one d /e
      """)
    let inode = { (path: String) in try #require(try box.status(path, in: image)).inode }
    for group in [
      ["d/one", "d/two", "d/sub/three"], ["s/a", "s/b"], ["s/c", "s/d"],
      ["l/one", "l/sub/three"], ["e/two", "e/sub/three"],
    ] {
      #expect(try Set(group.map(inode)).count == 1, "\(group)")
    }
    #expect(try inode("apart/outside") != inode("apart/one"))
    #expect(try box.read("s/d", in: image) == "later\n")
    #expect(try owned("l/two", image, box) == Owned(mode: 0o600, user: 3, group: 3))
    // The layer that is packed, and so every other store, has them too.
    let blobs = image.layers.map { box.store.blobPath($0.blob.digest) }
    #expect(try box.files.run("tar", ["-tvf", blobs[1]]).contains("link to s/a"))
  }

  // MARK: - What is not started

  @Test("for a step that writes nothing no program is started but its own")
  func emptyStep() throws {
    let box = try BuildBox()
    let store = ImageStore(layout: box.store.layout, archiveProgram: "/nonexistent")
    func build(_ text: String) throws -> ImageRecord {
      let request = BuildRequest(
        context: "\(box.files.path)/context", dockerfile: .text(text, name: "Dockerfile"))
      return try Builder(store: store, runner: box.runner, progress: box.progress).build(request)
    }
    let image = try build("FROM busybox\nRUN true\nRUN exit 0\nCOPY no* /x/")
    #expect(image.layers.count == 1 && box.runner.count == 2)
    #expect(throws: Diagnostic.self) { try build("FROM busybox\nRUN touch /x") }
  }
}
