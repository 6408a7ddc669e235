import Linux
import Model
import TestSupport
import Testing

@testable import Image

@Suite("Projects in registries", .timeLimit(.standard))
struct ComposeArtifactTests {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  private func roundTrip(
    _ entries: [ComposeArtifact.Entry], _ form: ComposeArtifact.Form = .version1_1,
    change: (String) throws -> Void = { _ in }
  ) throws -> String {
    let (source, target) = ("\(files.path)/artifact", "\(files.path)/project")
    try ComposeArtifact.write(
      entries, form: form, created: "2026-01-02T03:04:05Z", to: source)
    try Files.makeDirectories(target, mode: 0o755)
    try change(source)
    try ComposeArtifact.unpack(source, to: target, name: "oci://h/p")
    return target
  }

  private static let entries = [
    ComposeArtifact.Entry(.file, name: "compose.yaml", bytes: Array("a: 1\n".utf8)),
    ComposeArtifact.Entry(.extended, name: "base.yaml", bytes: Array("b: 1\n".utf8)),
    ComposeArtifact.Entry(.file, name: "compose.yaml", bytes: Array("c: 1\n".utf8)),
    ComposeArtifact.Entry(.environment, name: "x.env", bytes: Array("X=1\n".utf8)),
  ]

  @Test(
    "files come back as documents of one, the others under their names",
    arguments: ComposeArtifact.Form.allCases)
  func roundTrip(form: ComposeArtifact.Form) throws {
    let place = try roundTrip(Self.entries, form)
    #expect(try Files.readText("\(place)/compose.yaml") == "a: 1\n\n---\nc: 1\n")
    #expect(try Files.readText("\(place)/base.yaml") == "b: 1\n")
    #expect(try Files.readText("\(place)/x.env") == "X=1\n")
    let manifest = try JSON.parse(try Files.readText("\(files.path)/artifact/manifest.json"))
    let type = manifest["artifactType"]?.stringValue
    #expect(type == (form == .version1_1 ? "application/vnd.docker.compose.project" : nil))
  }

  @Test(
    "names that lead elsewhere or take a place are refused",
    arguments: ["../x.env", "/etc/x", "", ".", "..", "a/b", "compose.yaml", "x\n"])
  func names(name: String) {
    let error = #expect(throws: Diagnostic.self) {
      _ = try roundTrip([
        .init(.environment, name: name, bytes: [0x41]), Self.entries[0],
      ])
    }
    #expect(error?.message.contains("wrong name") == true)
  }

  @Test("an image and an artifact of another kind are none")
  func kinds() throws {
    for (from, to) in [
      ("vnd.docker.compose.project", "vnd.other"), ("\"artifactType\"", "\"other\""),
    ] {
      let error = #expect(throws: Diagnostic.self) {
        _ = try roundTrip(Self.entries) { source in
          let path = "\(source)/manifest.json"
          let text = try Files.readText(path).replacing(from, with: to)
          try Files.writeAtomically(path, Array(text.utf8), mode: 0o600)
        }
      }
      #expect(error?.message.contains("not a Compose project") == true)
    }
  }
}
