import Linux
import Model
import TestSupport
import Testing

/// Names, commands and labels that are made to be obeyed by the terminal they are shown on.
@Suite("A terminal", .timeLimit(.standard), .needsRoot, .serialized)
struct TerminalTests {
  /// A title, a colour by C1, hidden text, a reversed line, deletions, a line of its own.
  private static let hostile =
    "\u{1B}]0;owned\u{7}\u{9B}31m\u{1B}[8m\u{202E}\u{7F}\u{8}\u{8}\rforged"
  /// How it is shown.
  private static let shown =
    #"\u001b]0;owned\u0007\u009b31m\u001b[8m\u202e\u007f\u0008\u0008\rforged"#
  /// The same in a double-quoted text of YAML and JSON.
  private static let quoted =
    #"\u001b]0;owned\u0007\u009b31m\u001b[8m\u202e\u007f\u0008\u0008\rforged"#

  /// A running container whose image, service and files are named so.
  private static func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try box.write(
        "Dockerfile",
        """
        FROM busybox
        LABEL image="a\(hostile)"
        ENV VALUE="b\(hostile)"
        RUN echo "c\(hostile)" > /tmp/file; echo "d\(hostile)"
        CMD ["sleep", "infinity"]
        """)
      try box.compose(
        """
        services:
          web:
            image: app
            entrypoint: ["sh", "-c", "touch '/tmp/\(quoted)'; exec sleep inf", "e\(quoted)\\nrow"]
            labels: { "f\(quoted)": "g\(quoted)\\nrow" }
            environment: { OTHER: "h\(quoted)" }
            volumes: ["data:/data"]
        volumes: { data: { labels: { i: "j\(quoted)" } } }
        networks: { default: { labels: { k: "l\(quoted)" } } }
        """)
      try body(box)
    }
  }

  private static func terminal(_ box: Sandbox, _ words: [String]) throws -> TerminalRun {
    try TerminalRun(box.onHost + box.program + words, directory: box.project)
  }

  @Test("obeys nothing that a build, up or down shows of it")
  func progress() throws {
    try Self.with { box in
      let words = [
        ["image", "build", "-t", "app", "."],
        ["--progress", "plain", "image", "build", "--no-cache", "."],
        ["up", "-d"], ["--progress", "plain", "up", "-d", "--force-recreate", "-t", "0"],
        ["--dry-run", "up", "--scale", "web=2"], ["down", "-t", "0"],
      ]
      for words in words {
        let run = try Self.terminal(box, words)
        #expect(run.commands == [], "\(words): \(run.received.debugDescription)")
        #expect(!run.received.isEmpty)
        if words.contains("build") { #expect(run.received.contains("owned")) }
      }
    }
  }

  @Test("obeys nothing that listings, objects and messages show of it")
  func listings() throws {
    try Self.with { box in
      try box.up("image", "build", "-t", "app", ".")
      try box.up("up", "-d")
      #expect(
        try eventually { try box.up("container", "diff", "stack-web-1").output.contains("forged") })
      let telling = [
        ["ps", "-a", "--no-trunc"], ["container", "ls", "-a", "--no-trunc"],
        ["ps", "--format", "{{.Labels}}"], ["ps", "--format", "json"],
        ["ps", "--format", "table {{.Name}}\\t{{.Labels}}"],
        ["container", "inspect", "stack-web-1"],
        ["image", "inspect", "app"], ["image", "history", "--no-trunc", "app"],
        ["container", "diff", "stack-web-1"], ["config"], ["config", "--format", "json"],
        ["volume", "inspect", "stack_data"], ["network", "inspect", "stack_default"],
        ["exec", "web", "m\(Self.hostile)"], ["container", "inspect", "n\(Self.hostile)"],
        ["-f", "o\(Self.hostile)", "ps"], ["p\(Self.hostile)"], ["ps", "--q\(Self.hostile)"],
      ]
      let silent = [
        ["ps"], ["ls"], ["top"], ["container", "top", "stack-web-1"], ["images"], ["image", "ls"],
        ["volume", "ls"], ["network", "ls"], ["volumes"], ["port", "web", "80"],
        ["events", "--since", "1h", "--until", "0s"], ["down", "-v", "-t", "0"],
      ]
      for words in telling + silent {
        let run = try Self.terminal(box, words)
        #expect(run.commands == [], "\(words): \(run.received.debugDescription)")
        guard telling.contains(words) else { continue }
        #expect(
          run.received.contains("owned") && run.received.contains("forged"),
          "\(words): \(run.received.debugDescription)")
      }
    }
  }

  @Test("gets each row of a table on a line of its own, and so does a file")
  func rows() throws {
    try Self.with { box in
      try box.up("image", "build", "-t", "app", ".")
      try box.up("up", "-d")
      let format = ["ps", "--format", "table {{.Name}}\\t{{.Labels}}"]
      let onTerminal = try Self.terminal(box, format).received
      #expect(onTerminal.split(separator: "\r\n").count == 2, "\(onTerminal)")
      #expect(onTerminal.contains(#"g\#(Self.shown)\nrow"#), "\(onTerminal)")
      let inFile = try box.roost(format).output
      #expect(inFile.split(separator: "\n").count == 2, "\(inFile)")
      #expect(inFile.contains(Self.shown))
    }
  }

  @Test("of a program's own it gets all, and so does a script from a template")
  func untouched() throws {
    try Self.with { box in
      try box.up("image", "build", "-t", "app", ".")
      try box.up("up", "-d")
      let words = ["exec", "web", "printf", #"\033]0;mine\007"#]
      #expect(try Self.terminal(box, words).received.contains("\u{1B}]0;mine\u{7}"))
      let labels = try box.up("ps", "--format", "{{.Labels}}").output
      #expect(labels.contains("g\(Self.hostile)\nrow"), "\(labels.debugDescription)")
    }
  }
}
