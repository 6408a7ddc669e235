import Model
import TestSupport
import Testing

@testable import Image

@Suite("Transport archives", .timeLimit(.standard))
struct TarIndexTests {
  private func member(_ name: String, _ content: String, kind: TarHeader.Kind = .file) -> [UInt8] {
    let bytes = Array(content.utf8)
    if kind != .file {
      return TarHeader.blocks(name: name, kind: kind, size: 0, linkTarget: content, modified: 0)
    }
    return TarHeader.blocks(name: name, size: Int64(bytes.count), modified: 0) + bytes
      + TarHeader.padding(Int64(bytes.count))
  }

  private func index(_ bytes: [UInt8]) throws -> TarIndex {
    try TarIndex(size: Int64(bytes.count), file: "test.tar") { offset, count in
      Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
    }
  }

  private func text(_ name: String, in bytes: [UInt8]) throws -> String? {
    try index(bytes).extent(name).map { extent in
      let start = Int(extent.offset)
      return String(decoding: bytes[start..<start + Int(extent.size)], as: UTF8.self)
    }
  }

  @Test("members are found by name, also long ones and through links")
  func finds() throws {
    let long = String(repeating: "d/", count: 80) + "file"
    let bytes =
      member("./a.json", "A") + member(long, "long")
      + member("x/layer.tar", "../a.json", kind: .symbolicLink)
      + member("hard", "a.json", kind: .hardLink) + TarHeader.end
    #expect(try text("a.json", in: bytes) == "A")
    #expect(try text(long, in: bytes) == "long")
    #expect(try text("x/layer.tar", in: bytes) == "A")
    #expect(try text("hard", in: bytes) == "A")
    #expect(try text("none", in: bytes) == nil)
  }

  @Test("links in a circle lead nowhere")
  func circle() throws {
    let bytes = member("a", "b", kind: .symbolicLink) + member("b", "a", kind: .symbolicLink)
    #expect(try text("a", in: bytes) == nil)
  }

  @Test("a cut archive and other files are refused")
  func refuses() throws {
    let bytes = member("a", String(repeating: "x", count: 5000))
    #expect(throws: Diagnostic.self) { try index(Array(bytes[..<2000])) }
    #expect(throws: Diagnostic.self) { try index([UInt8](repeating: 0x41, count: 2048)) }
    #expect(throws: Diagnostic.self) { try index([]) }
  }

  @Test("a changed header is noticed by its checksum")
  func checksum() throws {
    var bytes = member("a", "x")
    #expect(TarHeader(bytes[..<512]) != nil)
    bytes[0] = UInt8(ascii: "b")
    #expect(TarHeader(bytes[..<512]) == nil)
  }

  @Test("sizes beyond octal digits are kept in an extended header")
  func large() throws {
    let blocks = TarHeader.blocks(name: "big", size: 1 << 40, modified: 0)
    let body = Array(blocks[512..<1024])
    #expect(TarIndex.records(Array(body.prefix { $0 != 0 }))["size"] == String(1 << 40))
  }

  @Test(
    "broken records of an extended header are left out",
    arguments: ["x", "5 a", "99 a=b\n", "-1 a=b\n"])
  func records(text: String) {
    #expect(TarIndex.records(Array(text.utf8)).isEmpty)
  }
}
