import TestSupport
import Testing

@Suite("Whose fault a failure is", .timeLimit(.standard), .needsRoot, .serialized)
struct FailureCodeTests {
  /// What is wrong: the Compose file, the command, and the code of docs/guide.md.
  static let cases: [(text: String, words: [String], code: Int32)] = [
    ("services: { a: { image: busybox, command: [\"true\"] } }", ["up"], 0),
    // The user's files.
    ("services: { a: { imge: busybox } }", ["up"], 15), ("services: [", ["ps"], 15),
    ("services: { a: { image: busybox, env_file: nosuch } }", ["up"], 15),
    ("services: { a: { image: busybox, depends_on: [b] } }", ["config"], 15),
    ("services: { a: { image: \"${X?no}\" } }", ["config"], 15), ("", ["up"], 15),
    ("services: { a: { image: busybox } }", ["-f", "nosuch.yaml", "up"], 15),
    ("services: { a: { image: busybox } }", ["--env-file", "nosuch", "up"], 15),
    ("include: [nosuch.yaml]", ["up"], 15),
    ("services: { a: { image: busybox, volumes: [./nosuch.conf:/x] } }", ["up"], 15),
    // The command line.
    ("services: { a: { image: busybox } }", ["up", "--nosuch"], 16),
    ("services: { a: { image: busybox } }", ["nosuch"], 16),
    ("services: { a: { image: busybox } }", ["--ansi"], 16),
    ("services: { a: { image: busybox } }", ["up", "--scale", "a=x"], 16),
    // A build.
    (
      "services: { a: { build: { dockerfile_inline: \"FROM busybox\\nRUN exit 3\" } } }", ["up"], 17
    ),
    ("services: { a: { build: { dockerfile_inline: \"FROM busybox\\nFRM x\" } } }", ["build"], 17),
    (
      "services: { a: { build: { dockerfile_inline: \"FROM busybox\\nCOPY nosuch /\" } } }",
      ["build"], 17
    ),
    ("services: { a: { build: ./nosuch } }", ["build"], 17),
    // A registry: none is there.
    ("services: { a: { image: 127.0.0.1:9/no } }", ["up"], 18),
    ("services: { a: { image: 127.0.0.1:9/no } }", ["pull"], 18),
    ("services: { a: { build: { dockerfile_inline: \"FROM 127.0.0.1:9/no\" } } }", ["up"], 18),
    ("services: { a: { image: 127.0.0.1:9/no, build: . } }", ["push"], 1),
    // Anything else.
    ("services: { a: { image: busybox } }", ["up", "nosuch"], 1),
    ("services: { a: { image: busybox } }", ["exec", "a", "true"], 1),
    ("services: { a: { image: busybox, pull_policy: never, image: x } }", ["up"], 15),
    ("services: { a: { image: nosuch, pull_policy: never } }", ["up"], 1),
    (
      "services: { a: { image: busybox, command: [\"false\"] }, "
        + "b: { image: busybox, depends_on: { a: { condition: service_completed_successfully } } } }",
      ["up", "-d"], 1
    ),
    ("services: { a: { image: busybox, command: [nosuch] } }", ["up"], 1),
    ("services: { a: { image: busybox } }", ["run", "--rm", "a", "sh", "-c", "exit 17"], 17),
  ]

  @Test("the code says it")
  func codes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      for test in Self.cases {
        try box.compose(test.text)
        let result = try box.roost(test.words)
        #expect(result.exitCode == test.code, "\(test.text) \(test.words): \(result.text)")
        #expect(test.code == 0 || test.words.contains("run") || result.errors.contains("error:"))
        try box.compose("services: { a: { image: busybox } }")
        try box.up("down", "-t", "0", "--remove-orphans")
      }
      let outside = try box.inside([
        Sandbox.binary("roost"), "--root", "/proc/nosuch", "--run-root", box.runRoot, "up",
      ])
      #expect(outside.exitCode == 1, "this machine: \(outside.text)")
    }
  }

  @Test("container run ends with 125, whoever is to blame, as docker run does")
  func containerRun() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      #expect(try box.roost(["container", "run", "127.0.0.1:9/no"]).exitCode == 125)
      #expect(
        try box.roost(["container", "run", "--rm", "busybox", "sh", "-c", "exit 18"]).exitCode == 18
      )
    }
  }
}
