import Model
import TestSupport
import Testing

@testable import Image

@Suite("Configuration", .timeLimit(.standard))
struct ConfigurationTests {
  /// Applies instructions and returns the history's texts.
  private func apply(_ text: String) throws -> (ConfigurationEditor, [String]) {
    var editor = ConfigurationEditor(
      configuration: ImageConfiguration(platform: Platform(architecture: "amd64")))
    let file = try Dockerfile(Array(text.utf8), file: "Dockerfile")
    let texts = try file.instructions.map { try editor.apply($0) ?? "-" }
    return (editor, texts)
  }

  @Test("the history reads as BuildKit writes it")
  func history() throws {
    let (_, texts) = try apply(
      """
      ENV A=1 B="two words"
      CMD ["node", "server.js"]
      ENTRYPOINT run me
      EXPOSE 80 53/udp
      LABEL a=b
      USER node
      VOLUME /data /more
      STOPSIGNAL SIGINT
      SHELL ["/bin/bash", "-c"]
      HEALTHCHECK --interval=30s --timeout=1m30s --retries=3 CMD curl localhost
      MAINTAINER someone
      WORKDIR app
      """)
    #expect(
      texts == [
        "ENV A=1 B=two words", "CMD [\"node\" \"server.js\"]",
        "ENTRYPOINT [\"/bin/sh\" \"-c\" \"run me\"]", "EXPOSE map[53/udp:{} 80/tcp:{}]",
        "LABEL a=b", "USER node", "VOLUME [/data /more]", "STOPSIGNAL SIGINT",
        "SHELL [/bin/bash -c]",
        "HEALTHCHECK &{[\"CMD-SHELL\" \"curl localhost\"] \"30s\" \"1m30s\" \"0s\" \"0s\" '\\x03'}",
        "MAINTAINER someone", "WORKDIR /app",
      ])
  }

  @Test("values see the environment before their own instruction")
  func environment() throws {
    let (editor, _) = try apply("ENV A=1\nENV A=2 B=$A\nENV OLD form with blanks")
    #expect(editor.configuration.variable("B") == "1")
    #expect(editor.configuration.variable("A") == "2")
    #expect(editor.configuration.variable("OLD") == "form with blanks")
  }

  @Test("ENTRYPOINT drops the base image's command, not one's own")
  func entrypoint() throws {
    var editor = ConfigurationEditor(configuration: ImageConfiguration())
    editor.configuration.command = ["base"]
    try editor.apply(change: "ENTRYPOINT [\"x\"]")
    #expect(editor.configuration.command == nil)
    try editor.apply(change: "CMD [\"own\"]")
    try editor.apply(change: "ENTRYPOINT [\"y\"]")
    #expect(editor.configuration.command == ["own"])
  }

  @Test("ports are ranges and protocols", arguments: ["0", "70000", "x", "80/ftp", "9-8", "1-2-3"])
  func ports(text: String) throws {
    let (editor, _) = try apply("EXPOSE 8000-8002/tcp")
    #expect(editor.configuration.exposedPorts == ["8000/tcp", "8001/tcp", "8002/tcp"])
    #expect(throws: Diagnostic.self) { try apply("EXPOSE \(text)") }
  }

  @Test("--change takes configuration only")
  func change() {
    var editor = ConfigurationEditor(configuration: ImageConfiguration())
    #expect(throws: Diagnostic.self) { try editor.apply(change: "RUN x") }
  }

  @Test("a configuration survives its JSON")
  func roundTrip() throws {
    var (editor, _) = try apply(
      "ENV A=1\nCMD [\"x\"]\nEXPOSE 1\nVOLUME /v\nLABEL l=m\nHEALTHCHECK --retries=2 CMD y\nUSER u")
    editor.configuration.diffIDs = [Digest.sha256(of: "l")]
    editor.configuration.created = Timestamp(nanoseconds: 1_700_000_000_120_000_000)
    editor.configuration.onBuild = ["RUN z"]
    editor.configuration.workingDirectory = "/"
    editor.configuration.history = [
      HistoryEntry(created: Timestamp(seconds: 1), createdBy: "x", comment: "c", isEmptyLayer: true)
    ]
    let json = editor.configuration.json
    #expect(json["created"] == "2023-11-14T22:13:20.12Z")
    #expect(try ImageConfiguration(json: json, in: "test") == editor.configuration)
  }

  @Test("documents that are no images are refused", arguments: ["[]", "{}", "null"])
  func refuses(text: String) throws {
    let json = try JSON.parse(text)
    #expect(throws: Diagnostic.self) { try ImageConfiguration(json: json, in: "test") }
    #expect(throws: Diagnostic.self) { try Manifest(json: json, in: "test") }
    #expect(throws: Diagnostic.self) { try ImageIndex(json: json, in: "test") }
  }

  @Test("ten thousand layers are refused")
  func manyLayers() {
    let layer = Descriptor(mediaType: MediaType.layer, digest: Digest.sha256(of: "x"), size: 1)
    let manifest = Manifest(
      configuration: layer, layers: [Descriptor](repeating: layer, count: 10_000))
    let error = #expect(throws: Diagnostic.self) {
      try Manifest(json: manifest.json, in: "the manifest")
    }
    #expect(error?.message.contains("10000 layers") == true)
  }

  @Test("the best manifest of an index is chosen")
  func index() throws {
    let manifest = { (name: String, platform: String?) in
      Descriptor(
        mediaType: MediaType.manifest, digest: Digest.sha256(of: name), size: 1,
        platform: try platform.map { try Platform($0) })
    }
    let index = ImageIndex(manifests: [
      try manifest("attestation", "unknown/unknown"), try manifest("arm", "linux/arm64/v8"),
      try manifest("amd", "linux/amd64"),
    ])
    #expect(index.manifest(for: try Platform("linux/amd64"))?.digest == .sha256(of: "amd"))
    #expect(index.manifest(for: try Platform("linux/arm64"))?.digest == .sha256(of: "arm"))
    #expect(index.manifest(for: try Platform("linux/s390x")) == nil)
  }
}

@Suite("Combining marks", .timeLimit(.standard))
struct CombiningMarkTests {
  // Found by the fuzzer.
  @Test("a combining mark after a separator does not hide it")
  func combiningMarks() throws {
    var configuration = ImageConfiguration()
    configuration.setVariable("NAME", "\u{5C4}value")
    let again = try ImageConfiguration(json: configuration.json, in: "it")
    #expect(again.variable("NAME") == "\u{5C4}value")
    #expect(Paths.clean("a/../../\u{301}b") == "\u{301}b")
    #expect(Paths.parent("a/\u{301}b") == "a")
    #expect(Paths.name("a/\u{301}b") == "\u{301}b")
  }
}
