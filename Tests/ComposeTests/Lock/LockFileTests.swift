import Model
import TestSupport
import Testing
import YAML

@testable import Compose

@Suite("The lock file", .timeLimit(.standard))
struct LockFileTests {
  private static let digest = "sha256:" + String(repeating: "ab", count: 32)

  private static func load(
    _ services: String, lock: String?, rule: LockRule = .honoured
  ) throws(Diagnostics) -> Project {
    var files = ["/p/compose.yaml": "name: p\nservices:\n" + services]
    files["/p/roost.lock"] = lock
    var request = LoadRequest(workingDirectory: "/p")
    request.options.lock = rule
    let loaded = try ComposeLoader(reader: .inMemory(files)).load(request)
    guard let project = loaded.project else { throw Diagnostics([]) }
    return project
  }

  private static func errors(
    _ services: String, lock: String?, rule: LockRule = .honoured
  ) -> String {
    do throws(Diagnostics) {
      _ = try load(services, lock: lock, rule: rule)
      return ""
    } catch {
      return error.messages.map { $0.rendered() }.joined(separator: "\n")
    }
  }

  private static func lock(_ images: String...) -> String {
    "images:\n" + images.map { "  \($0): \(digest)\n" }.joined()
  }

  @Test(
    "an image gets its digest, however it is spelled",
    arguments: [
      ("redis:7", "redis:7"), ("redis", "redis:latest"), ("redis:latest", "redis"),
      ("docker.io/library/redis:7", "redis:7"), ("redis:7", "docker.io/redis:7"),
      ("localhost:5000/a/b:1", "localhost:5000/a/b:1"),
    ])
  func pinned(image: String, locked: String) throws {
    let project = try Self.load("  web: { image: \"\(image)\" }", lock: Self.lock("\"\(locked)\""))
    #expect(project.services[0].image == "\(image)@\(Self.digest)")
  }

  @Test("what is built, has a digest, or is in no lock file stays as it is")
  func unpinned() throws {
    let other = "redis@sha256:" + String(repeating: "0", count: 64)
    let project = try Self.load(
      """
        a: { image: "redis:7", build: . }
        b: { image: "redis:7" }
        c: { image: "\(other)" }
        d: { image: "mongo:6" }
      """, lock: Self.lock("redis:7"))
    #expect(project.services.map(\.image) == ["redis:7", "redis:7", other, "mongo:6"])
    let ignored = try Self.load(
      "  a: { image: \"redis:7\" }", lock: Self.lock("redis:7"), rule: .ignored)
    #expect(ignored.services[0].image == "redis:7")
  }

  @Test("what is written is read")
  func roundTrip() throws {
    var file = LockFile()
    for image in ["redis:7", "mongo", "localhost:5000/x:y"] { file.set(image, Self.digest) }
    let project = try Self.load("  web: { image: mongo }", lock: file.text, rule: .required)
    #expect(project.services[0].image == "mongo@\(Self.digest)")
  }

  @Test("--locked names each image that is missing, with its line")
  func required() {
    let text = Self.errors(
      "  a: { image: \"redis:7\" }\n  b: { image: mongo }", lock: Self.lock("redis:7"),
      rule: .required)
    #expect(text.contains("compose.yaml:4:") && text.contains("mongo is not in roost.lock"))
    #expect(!text.contains("redis:7 is not"))
    let none = Self.errors("  a: { image: x }", lock: nil, rule: .required)
    #expect(none.contains("x is not in roost.lock"), "\(none)")
  }

  @Test(
    "a lock file that cannot be read says where",
    arguments: [
      ("images: {redis: latest}", "the digest of redis"), ("", "is empty"),
      ("images:\n  a: sha256:12", "roost.lock:2"), ("image: {}", "image is not a key"),
      ("[]", "has no images"), ("images: [", "roost.lock"),
      ("images: { a: \"sha256:\(String(repeating: "G", count: 64))\" }", "hexadecimal"),
    ])
  func broken(lock: String, text: String) {
    let errors = Self.errors("  a: { image: redis }", lock: lock)
    #expect(errors.contains(text), "\(errors)")
  }
}
