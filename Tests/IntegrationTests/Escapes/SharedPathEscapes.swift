import Glibc
import Linux
import TestSupport
import Testing

/// What a project names below a directory that its containers may write to: links out of it that a
/// container could have made.
@Suite("Escapes through what containers write", .timeLimit(.standard), .needsRoot, .serialized)
struct SharedPathEscapes {
  private static let secret = "not for containers"

  /// A project with a writable bind of `w`, and a directory of the machine that it was not given.
  private func withScene(_ body: (Sandbox, _ place: String) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let place = "\(box.directory)/machine"
      try Files.makeDirectories(place)
      try Files.makeDirectories("\(box.project)/w")
      try Files.write("\(place)/secret", "WORD=\(Self.secret)\n")
      try Files.write("\(place)/Dockerfile", "FROM busybox\nCOPY secret /\nCMD cat /secret\n")
      try Files.write(
        "\(place)/other.yaml",
        "services: {other: {image: busybox, command: echo \(Self.secret)}}\n")
      try body(box, place)
    }
  }

  private func link(_ box: Sandbox, _ name: String, to target: String) throws {
    try Files.removeTree("\(box.project)/w/\(name)")
    try Files.link("\(box.project)/w/\(name)", to: target)
  }

  @Test("a file or directory that a link out leads to is refused, with its place in the file")
  func links() throws {
    try withScene { box, place in
      let writer = "services:\n  first: {image: busybox, volumes: [\"./w:/w\"]}\n"
      // What is named, the file with the mistake, the line, and the key where there is one.
      let uses = [
        ("  other: {extends: {file: ./w/d/other.yaml, service: other}}\n", ":3:", "extends.file"),
        ("include: [./w/d/other.yaml]\n", ":3:", "include"),
        (
          "include: [{path: other.yaml, env_file: ./w/d/secret}]\n", ":3:", "include"
        ),
        ("  other: {build: ./w/d}\n", ":3:", "build"),
        ("  other:\n    build:\n      context: ./w/d\n", ":5:", "build.context"),
        (
          "  other: {build: {context: ., dockerfile: ./w/d/Dockerfile}}\n", "", "w/d/Dockerfile"
        ),
        (
          "  other: {build: {context: ./o, dockerfile: \(box.project)/w/d/Dockerfile}}\n", ":3:",
          "build.dockerfile"
        ),
        (
          "  other: {build: {context: ., additional_contexts: {more: ./w/d}, dockerfile_inline: "
            + "\"FROM busybox\\nCOPY --from=more secret /\\n\"}}\n", ":3:", "additional_contexts"
        ),
        (
          "  other: {image: busybox, volumes: [\"v:/v\"]}\nvolumes:\n  v: {driver_opts: "
            + "{type: none, o: bind, device: \(box.project)/w/d}}\n", "", "/v"
        ),
      ]
      try box.write("o/file", "")
      try box.write("other.yaml", "services: {other: {image: busybox, command: env}}\n")
      for target in [place, "../../machine", "/proc/self/cwd/../machine"] {
        try link(box, "d", to: target)
        for (use, line, key) in uses {
          try box.compose(writer + use)
          let result = try box.roost(["up", "--build", "other"])
          #expect(result.exitCode != 0, "\(target), \(use): \(result.text)")
          #expect(!result.text.contains(Self.secret), "\(target), \(use): \(result.text)")
          #expect(result.errors.contains(line), "\(target), \(use): \(result.text)")
          #expect(result.errors.contains(key), "\(target), \(use): \(result.text)")
        }
        _ = try box.roost(["down", "-v"])
      }
    }
  }

  @Test("a .env that became a link out is refused; one that the user names is read")
  func variables() throws {
    try withScene { box, place in
      try box.compose(
        "services:\n  it: {image: busybox, labels: {w: \"${WORD-}\"}, volumes: [\".:/w\"]}\n")
      try Files.link("\(box.project)/.env", to: "\(place)/secret")
      let result = try box.roost(["config"])
      #expect(result.exitCode != 0 && !result.text.contains(Self.secret), "\(result.text)")
      #expect(try box.up("--env-file", ".env", "config").output.contains(Self.secret))
    }
  }

  @Test("links that stay inside are followed, and so are those that only lead there")
  func inside() throws {
    try withScene { box, _ in
      try box.write("w/real/Dockerfile", "FROM busybox\nCOPY file /\nCMD cat /file\n")
      try box.write("w/real/file", "inner")
      try box.write("w/real/word.env", "WORD=inner\n")
      try box.write("w/real/extended.yaml", "services: {base: {image: busybox, command: env}}\n")
      try link(box, "d", to: "real")
      try Files.link("\(box.project)/way", to: "w")
      for way in ["w", "way"] {
        try box.compose(
          """
          services:
            first: {image: busybox, volumes: ["./w:/w"]}
            built: {build: ./\(way)/d}
            extended:
              extends: {file: ./\(way)/d/extended.yaml, service: base}
              env_file: ./\(way)/d/word.env
          """)
        #expect(try box.up("up", "--build", "built").output.contains("inner"), "\(way)")
        #expect(try box.up("up", "extended").output.contains("WORD=inner"), "\(way)")
        try box.up("down")
      }
    }
  }

  @Test("a way that the user made to where containers write, and services that take no part, count")
  func ways() throws {
    try withScene { box, place in
      try Files.link("\(box.project)/way", to: "w")
      try link(box, "f", to: "\(place)/secret")
      for (bind, file, part) in [
        ("./w", "./way/f", ""), ("./way", "./w/f", ""), ("./w", "./w/f", "profiles: [rare], "),
      ] {
        try box.compose(
          "services:\n  first: {\(part)image: busybox, volumes: [\"\(bind):/w\"]}\n"
            + "  second: {image: busybox, command: cat /run/secrets/s, secrets: [s]}\n"
            + "  third: {image: busybox, command: env, env_file: \(file)}\n"
            + "secrets: {s: {file: \(file)}}\n")
        for service in ["second", "third"] {
          let result = try box.roost(["up", service])
          #expect(result.exitCode != 0, "\(bind) \(file) \(service): \(result.text)")
          #expect(!result.text.contains(Self.secret), "\(bind) \(file): \(result.text)")
        }
      }
    }
  }

  @Test("a container that swaps its build context for a link while it is built never shows more")
  func swapped() throws {
    try withScene { box, place in
      try box.write("w/d/secret", "own")
      try box.write("w/d/Dockerfile", "FROM busybox\nCOPY . /x\nRUN cat /x/secret\n")
      try box.compose(
        "services:\n  first: {image: busybox, volumes: [\"./w:/w\"]}\n  other: {build: ./w/d}\n")
      let swapper = try Swapper("\(box.project)/w/d", link: place)
      defer { swapper.end() }
      let end = Clock.monotonicNanoseconds() + 5_000_000_000
      while Clock.monotonicNanoseconds() < end {
        let result = try box.roost(["build", "--no-cache", "other"])
        #expect(!result.text.contains(Self.secret), "\(result.text)")
      }
    }
  }
}
