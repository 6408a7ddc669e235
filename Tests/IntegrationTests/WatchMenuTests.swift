import Linux
import TestSupport
import Testing

@Suite("Keys of an attached `up`", .timeLimit(.standard), .needsRoot, .serialized)
struct WatchMenuTests {
  private func withService(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("src/index", "first")
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sh, -c, "trap 'exit 0' TERM; echo begun; sleep 600 & wait"]
            develop: {watch: [{path: src, action: sync, target: /app}]}
        """)
      try body(box)
    }
  }

  /// Runs `up` from a shell that looks at the terminal before, in between and afterwards.
  private func run(
    _ box: Sandbox, _ arguments: [String] = ["--menu"], environment: [String] = [],
    between: String = "", steps: [TerminalRun.Step]
  ) throws -> TerminalRun {
    let script = """
      set -m; stty -g > before; "$@"; echo "code $?"; stty -g > after; \(between)
      """
    return try TerminalRun(
      box.onHost + ["bash", "-c", script, "bash"] + box.program + ["up"] + arguments,
      environment: environment, directory: box.project, steps: steps)
  }

  private func expectSameTerminal(_ box: Sandbox, _ run: TerminalRun) throws {
    let before = try Files.readText("\(box.project)/before")
    #expect(try Files.readText("\(box.project)/after") == before, "\(run.received)")
    #expect(run.commands == [], "\(run.received)")
  }

  @Test("w switches the watch on and off, d leaves the services running")
  func keys() throws {
    try withService { box in
      let run = try run(
        box,
        steps: [
          .init(text: "Enable Watch", typed: "w"), .init(text: "Watch enabled"),
          .init(text: "Disable Watch", typed: "\n"), .init(text: "Disable Watch", typed: "w"),
          .init(text: "Watch disabled"), .init(text: "Enable Watch", typed: "xd"),
          .init(text: "detached"), .init(text: "code 0"),
        ])
      #expect(run.screen.text.contains { $0.hasPrefix("web-1") && $0.hasSuffix("begun") })
      // The row is gone from the screen.
      #expect(!run.screen.text.contains { $0.contains("Watch   d") }, "\(run.screen.text)")
      try expectSameTerminal(box, run)
      #expect(try box.up("ps", "-q").output.split(separator: "\n").count == 1)
    }
  }

  @Test("Ctrl-C stops the services, and the terminal is as it was")
  func interrupted() throws {
    try withService { box in
      let run = try run(
        box, ["--watch"], environment: ["COMPOSE_MENU=1"],
        steps: [.init(text: "Disable Watch", typed: "\u{3}"), .init(text: "code 130")])
      try expectSameTerminal(box, run)
      #expect(run.received.contains("Watch disabled"))
      #expect(try box.roost(["ps", "-q"]).output == "")
    }
  }

  @Test("Ctrl-Z gives the terminal back to the shell, and `fg` takes it again")
  func suspended() throws {
    try withService { box in
      let run = try run(
        box, between: "fg; echo \"then $?\"; stty -g > last",
        steps: [
          .init(text: "Enable Watch", typed: "\u{1A}"), .init(text: "code 148"),
          .init(text: "Enable Watch", typed: "d"), .init(text: "then 0"),
        ])
      let before = try Files.readText("\(box.project)/before")
      #expect(try Files.readText("\(box.project)/after") == before, "\(run.received)")
      #expect(try Files.readText("\(box.project)/last") == before, "\(run.received)")
    }
  }

  @Test("without a terminal, or without being asked for, there is no menu")
  func absent() throws {
    try withService { box in
      let asked = try run(
        box, [], steps: [.init(text: "begun", typed: "d\u{3}"), .init(text: "code 130")])
      #expect(!asked.received.contains("Enable Watch"))
      try box.compose("services: {web: {image: busybox, command: 'true'}}\n")
      let result = try box.roost(["up", "--menu"])
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(result.errors.contains("--menu has no effect"), "\(result.text)")
      #expect(try box.roost(["up", "-d", "--menu"]).exitCode == 16)
    }
  }
}
