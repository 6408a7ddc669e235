import Model
import TestSupport
import Testing

@testable import Image

@Suite("References", .timeLimit(.standard))
struct ReferenceTests {
  @Test(
    "a name is completed as Docker does",
    arguments: [
      ("redis", "docker.io/library/redis:latest", "redis:latest"),
      ("redis:7", "docker.io/library/redis:7", "redis:7"),
      ("user/app", "docker.io/user/app:latest", "user/app:latest"),
      ("index.docker.io/library/redis", "docker.io/library/redis:latest", "redis:latest"),
      ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
      ("localhost:5000/a/b:x_1", "localhost:5000/a/b:x_1", "localhost:5000/a/b:x_1"),
      ("quay.io/a/b.c-d__e", "quay.io/a/b.c-d__e:latest", "quay.io/a/b.c-d__e:latest"),
      ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"),
    ])
  func normalises(text: String, full: String, familiar: String) throws {
    let reference = try Reference(text)
    #expect(reference.description == full)
    #expect(reference.familiar == familiar)
    #expect(try Reference(full) == reference)
  }

  @Test("a digest stands for itself and brings no tag")
  func digest() throws {
    let digest = Digest.sha256(of: "x")
    let reference = try Reference("redis@\(digest)")
    #expect(reference.tag == nil)
    #expect(reference.description == "docker.io/library/redis@\(digest)")
    #expect(try Reference("redis:7@\(digest)").tag == "7")
  }

  @Test(
    "a text that is no name is refused",
    arguments: [
      "", "Redis", "a//b", "/a", "a/", "a:", ":a", "a b", "a:b:c", "-a", "a-", "a..b", "a@x",
      "a@sha256:123", "a:\u{e4}", String(repeating: "a", count: 300),
      String(repeating: "a", count: 64), "registry.example:99999/a", "a___b",
    ])
  func refuses(text: String) {
    #expect(throws: Diagnostic.self) { try Reference(text) }
  }

  @Test("a name in capitals says what is wrong")
  func capitals() {
    let error = #expect(throws: Diagnostic.self) { try Reference("user/App") }
    #expect(error?.hint?.contains("lower case") == true)
  }
}

@Suite("Platforms", .timeLimit(.standard))
struct PlatformTests {
  @Test(
    "names of processors are those of Go",
    arguments: [
      ("linux/amd64", "linux/amd64"), ("x86_64", "linux/amd64"), ("aarch64", "linux/arm64"),
      ("linux/arm/v7", "linux/arm/v7"), ("armhf", "linux/arm/v7"),
    ])
  func parses(text: String, expected: String) throws {
    #expect(try Platform(text).description == expected)
  }

  @Test("a variant matters only where both sides name one")
  func variants() throws {
    #expect(try Platform("linux/arm64").runs(Platform("linux/arm64/v8")))
    // Found by the fuzzer: names that are as long as they may be, and more.
    let part = String(repeating: "a.", count: 120) + "a"
    #expect(try Reference("\(part)/\(part)/b").description == "\(part)/\(part)/b:latest")
    #expect(throws: Diagnostic.self) { try Reference("\(part)\(part)/b") }
    #expect(throws: Diagnostic.self) { try Platform("\u{6D9}I") }
    #expect(throws: Diagnostic.self) { try Platform("linux/a b") }
    #expect(try !Platform("linux/arm/v6").runs(Platform("linux/arm/v7")))
    #expect(try !Platform("linux/amd64").runs(Platform("linux/arm64")))
  }
}

@Suite("Digests", .timeLimit(.standard))
struct DigestTests {
  @Test("the digest of a text is the known one")
  func known() {
    let digest = Digest.sha256(of: "abc")
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(digest.hex == hex)
    #expect(Digest("sha256:\(hex)") == digest)
    #expect(Digest("sha256:\(hex.uppercased())") == nil)
    #expect(Digest("md5:\(hex)") == nil)
  }

  @Test("the chain id of two layers is that of the specification's formula")
  func chain() {
    let (a, b) = (Digest.sha256(of: "a"), Digest.sha256(of: "b"))
    #expect(LayerRecord.chainIDs([a, b]) == [a, Digest.sha256(of: "\(a) \(b)")])
  }
}
