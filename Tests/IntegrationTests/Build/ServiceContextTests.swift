import Linux
import Model
import TestSupport
import Testing

/// Builds from what other services build, and for other machines.
@Suite("Images of services as contexts", .timeLimit(.standard), .needsRoot)
struct ServiceContextTests {
  private func with(_ file: String, _ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try box.compose(file)
      try body(box)
    }
  }

  private static let chain = """
    services:
      web:
        build:
          context: .
          additional_contexts: { parent: "service:middle" }
          dockerfile_inline: |
            FROM parent
        command: ["sleep", "infinity"]
      middle:
        build:
          context: .
          additional_contexts: ["up=service:base"]
          dockerfile_inline: |
            FROM busybox
            COPY --from=up /made /made
      base:
        build:
          context: .
          dockerfile_inline: |
            FROM busybox
            RUN echo base > /made
    """

  @Test(
    "what is built from is built first, though nothing depends on it",
    arguments: [
      ["up", "-d", "web"], ["build", "web"], ["create", "web"], ["up", "-d", "--no-deps", "web"],
      ["run", "--rm", "web", "cat", "/made"],
    ])
  func builtFirst(command: [String]) throws {
    try with(Self.chain) { box in
      let result = try box.roost(command)
      #expect(result.exitCode == 0, "\(result.text)")
      let made = try box.up("run", "--rm", "--no-deps", "web", "cat", "/made")
      #expect(made.output == "base\n", "\(made.text)")
      let services = try box.up("ps", "-a", "--format", "{{.Service}}").output
      #expect(!services.contains("base") && !services.contains("middle"), "only built: \(services)")
    }
  }

  @Test("images that are built from one another are refused with the places")
  func circle() throws {
    let base = "  base:\n    build:\n      context: .\n"
    let file = Self.chain.replacing(
      base, with: base + "      additional_contexts: { back: \"service:web\" }\n")
    try with(file) { box in
      for command in [["build", "web"], ["up", "-d"], ["build"]] {
        let result = try box.roost(command)
        #expect(result.exitCode != 0)
        #expect(result.errors.contains("from one another in a circle: "), "\(result.text)")
        #expect(
          result.errors.contains("compose.yaml:") && result.errors.contains("additional_contexts"),
          "\(result.text)")
      }
    }
  }

  @Test(
    "an image for another machine is refused at its place",
    arguments: [
      ("platform: linux/s390x", "compose.yaml:3:5: error: services.web.platform: "),
      ("build: { context: ., platforms: [linux/s390x], dockerfile_inline: \"FROM busybox\" }", ""),
    ])
  func foreign(line: String, place: String) throws {
    let build =
      place.isEmpty ? "" : "    build: { context: ., dockerfile_inline: \"FROM busybox\" }\n"
    try with("services:\n  web:\n    \(line)\n\(build)") { box in
      let result = try box.roost(["build"])
      #expect(result.exitCode != 0)
      #expect(
        result.errors.contains(place.isEmpty ? "services.web.build.platforms: " : place),
        "\(result.text)")
      #expect(result.errors.contains("images for linux/s390x cannot be built"), "\(result.text)")
    }
  }

  @Test("of several platforms this machine's is built, the others are warned of")
  func severalPlatforms() throws {
    let file = """
      services:
        web:
          build:
            context: .
            platforms: [linux/amd64, linux/arm64, linux/s390x]
            dockerfile_inline: FROM busybox
      """
    try with(file) { box in
      let result = try box.up("build")
      #expect(
        result.errors.contains(
          "services.web.build.platforms[2]: no image is built for linux/s390x"),
        "\(result.text)")
    }
  }

  @Test("an image for another processor is warned of where the file names it")
  func foreignImage() throws {
    try with("services:\n  web:\n    image: foreign\n    command: [\"true\"]\n") { box in
      try box.write("Dockerfile", "FROM scratch\nCOPY compose.yaml /file\n")
      try box.up("image", "build", "--platform", "linux/s390x", "-t", "foreign", ".")
      let result = try box.roost(["create"])
      #expect(
        result.errors.contains(
          "compose.yaml:3:5: warning: services.web.image: the image foreign is for linux/s390x"),
        "\(result.text)")
      try box.write("Dockerfile", "FROM busybox\n")
      let other = try box.roost(["image", "build", "--platform", "linux/s390x", "-t", "x", "."])
      #expect(other.exitCode != 0)
      #expect(other.errors.contains("one for linux/s390x is to be built"), "\(other.text)")
    }
  }
}
