import Glibc
import Linux
import TestSupport
import Testing

@testable import Shim

@Suite("Filling a volume from the image", .timeLimit(.standard))
struct VolumeFillingTests {
  private let directory: TemporaryDirectory
  private let image: String
  private let volume: String

  init() throws {
    directory = try TemporaryDirectory()
    image = try directory.directory("image")
    volume = try directory.directory("volume/data")
    try directory.write("image/a/file", "text", mode: 0o640)
    try Files.link("\(image)/link", to: "a/file")
    try Files.hardLink("\(image)/second", to: "\(image)/a/file")
    try Files.makePipe("\(image)/pipe", mode: 0o600)
    try Files.setMode(image, 0o750)
    var times = [timespec(tv_sec: 1000, tv_nsec: 5), timespec(tv_sec: 2000, tv_nsec: 7)]
    try Syscall.check(utimensat(AT_FDCWD, "\(image)/a/file", &times, 0), "utimensat")
  }

  private func fill() throws {
    try VolumeFilling(
      volume: Files.open(volume, Files.pathOnly | O_DIRECTORY),
      parent: Files.open("\(directory.path)/volume", O_RDONLY | O_DIRECTORY), content: "/"
    ).run(RootedDirectory(opening: image))
  }

  private var isMarked: Bool { Files.exists("\(directory.path)/volume/.filling") }

  @Test("an empty volume gets everything the image has, with modes, times, links and pipes")
  func empty() throws {
    try fill()
    #expect(try Files.list(volume) == ["a", "link", "pipe", "second"])
    #expect(try Files.readText("\(volume)/a/file") == "text")
    let file = try Files.status("\(volume)/a/file")
    #expect(file.mode == 0o640)
    #expect(file.modifiedNanoseconds == 2_000_000_000_007)
    #expect(try Files.status(volume).mode == 0o750)
    #expect(try Files.readLink("\(volume)/link") == "a/file")
    #expect(try Files.status("\(volume)/second").inode == file.inode)
    #expect(try Files.status("\(volume)/pipe", followLinks: false).kind == .pipe)
    #expect(!isMarked)
  }

  @Test("names and links that are not UTF-8 are copied as they are")
  func bytes() throws {
    let odd: [CChar] = [-1, -2, 0]
    let inImage = "\(image)/a/".utf8CString.dropLast() + odd
    try Syscall.check(symlink(odd, Array(inImage)), "symlink")
    try fill()
    var text = [CChar](repeating: 0, count: 16)
    let copy = Array("\(volume)/a/".utf8CString.dropLast() + odd)
    #expect(readlink(copy, &text, 15) == 2)
    #expect(Array(text.prefix(3)) == odd)
  }

  @Test("a volume that has something stays as it is")
  func notEmpty() throws {
    try directory.write("volume/data/own", "mine")
    try fill()
    #expect(try Files.list(volume) == ["own"])
    #expect(!isMarked)
  }

  @Test("a filling that was interrupted begins again, without what it left")
  func interrupted() throws {
    try directory.write("volume/.filling", "")
    try directory.write("volume/data/a/half", "ha")
    try fill()
    #expect(try Files.list(volume) == ["a", "link", "pipe", "second"])
    #expect(try Files.list("\(volume)/a") == ["file"])
    #expect(!isMarked)
  }

  @Test("a filling that fails stays marked, so that the next one begins again", .needsRoot)
  func failed() throws {
    let full = try directory.directory("full")
    try Mounts.mount("tmpfs", on: full, type: "tmpfs", options: "nr_inodes=2")
    defer { umount2(full, Int32(MNT_DETACH)) }
    let error = #expect(throws: SyscallError.self) {
      try VolumeFilling(
        volume: Files.open(full, Files.pathOnly | O_DIRECTORY),
        parent: Files.open("\(directory.path)/volume", O_RDONLY | O_DIRECTORY), content: "/"
      ).run(RootedDirectory(opening: image))
    }
    #expect(error?.errno == ENOSPC)
    #expect(isMarked)
    try fill()
    #expect(try Files.readText("\(volume)/second") == "text")
    #expect(!isMarked)
  }

  @Test("a volume without a directory of the image in its place stays as it is")
  func nothing() throws {
    try Files.setMode(volume, 0o711)
    for content in ["/none", "/a/file", "/link/below"] {
      try VolumeFilling(
        volume: Files.open(volume, Files.pathOnly | O_DIRECTORY),
        parent: Files.open("\(directory.path)/volume", O_RDONLY | O_DIRECTORY), content: content
      ).run(RootedDirectory(opening: image))
    }
    #expect(try Files.list(volume) == [])
    #expect(try Files.status(volume).mode == 0o711)
    #expect(!isMarked)
  }
}
