import Glibc
import Linux
import TestSupport
import State
import Testing

@testable import Archive

@Suite("Packing a part of a tree", .timeLimit(.standard))
struct PartialPackTests {
  @Test("what is to be left out is, with all that is below it")
  func without() throws {
    let scratch = try TemporaryDirectory()
    for path in ["all/keep/file", "part/keep/file", "all/drop/below/file", "all/keep/not"] {
      try scratch.write(path, Array("x".utf8))
    }
    let all = try pack("all", in: scratch, without: ["drop", "keep/not"])
    let part = try pack("part", in: scratch, without: [])
    #expect(all.members == 2 && part.members == 2)
    #expect(all.contentSize == part.contentSize)
    #expect(try pack("all", in: scratch, without: ["keep", "drop"]).members == 0)
  }

  private func pack(
    _ tree: String, in scratch: TemporaryDirectory, without: [String]
  ) throws -> ArchiveAnswer.Packed {
    let target = try Files.open("\(scratch.path)/tar", O_WRONLY | O_CREAT | O_TRUNC)
    return try LayerPacker(
      directory: "\(scratch.path)/\(tree)", target: target.raw,
      without: Set(without.map { Array($0.utf8) })
    ).pack()
  }
}
